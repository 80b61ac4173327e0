import { type Call, compose, exponential, type Handler, type Runtime, retry, timeout } from '../../src/index.ts';
import { type SqliteDatabase, sqliteDatabase } from '../../src/sqlite/index.ts';
import type { NetworkLink, NodeProgram, SimulatedNetwork, Simulation } from '../../src/testing/index.ts';

/*
 * A small service as an application would write it: a server that keeps deposits in SQLite, applies each idempotency key once, and gives a
 * lease whose fence it asks for with every entry of a log. Its clients retry. Each of the two guards can be left out, for the controls.
 */

interface Deposit {
  readonly amount: number;
}
interface Entry {
  readonly owner: string;
  readonly fence: number;
}

export interface Guards {
  readonly dedupe: boolean;
  readonly fence: boolean;
}

const leaseMs = 200;

const tables = [
  'CREATE TABLE deposits (key TEXT NOT NULL, amount INTEGER NOT NULL)',
  'CREATE TABLE applied (key TEXT PRIMARY KEY) WITHOUT ROWID',
  'CREATE TABLE lease (owner TEXT NOT NULL, until REAL NOT NULL, fence INTEGER NOT NULL)',
  "INSERT INTO lease VALUES ('nobody', 0, 0)",
  'CREATE TABLE log (fence INTEGER NOT NULL, owner TEXT NOT NULL)',
];

/** The disk of the server, which outlives its crashes. */
export async function disk(runtime: Runtime): Promise<SqliteDatabase> {
  const database = sqliteDatabase({ path: ':memory:', runtime });
  await database.start();
  await database.migrate('deposits', tables);
  return database;
}

export function server(database: SqliteDatabase, guards: Guards): NodeProgram {
  return ({ runtime, serve }) => {
    serve<Deposit, number>('deposit', async ({ amount }, call) => {
      const key = call.idempotencyKey ?? '';
      const marked = { sql: 'INSERT INTO applied VALUES (?) ON CONFLICT DO NOTHING', values: [key] };
      const guard = guards.dedupe ? 'WHERE changes() = 1' : '';
      await database.write({
        name: 'deposit',
        statements: [marked, { sql: `INSERT INTO deposits SELECT ?, ? ${guard}`, values: [key, amount] }],
      });
      return amount;
    });
    serve<string, number>('acquire', async (owner) => {
      const now = runtime.clock.now();
      const sql = 'UPDATE lease SET owner = ?, until = ?, fence = fence + 1 WHERE until <= ? OR owner = ? RETURNING fence';
      const [taken] = await database.write({ name: 'acquire', statements: [{ sql, values: [owner, now + leaseMs, now, owner] }] });
      return Number(taken?.rows[0]?.['fence'] ?? 0);
    });
    serve<Entry, boolean>('append', async ({ owner, fence }) => {
      const guard = guards.fence ? 'FROM lease WHERE lease.fence = ?1' : '';
      const statement = { sql: `INSERT INTO log SELECT ?1, ?2 ${guard}`, values: [fence, owner], ...(guards.fence && { expectedRows: 1 }) };
      await database.write({ name: 'append', statements: [statement] });
      return true;
    });
  };
}

/** Asks through a timeout and retries, as nobody should ask without. */
function patiently<I, O>(link: NetworkLink, service: string): Handler<I, O> {
  return compose(link.handler<I, O>(service), [
    retry({ maxAttempts: 12, backoff: exponential({ initial: '20ms', max: '500ms' }) }),
    timeout({ operation: service, timeout: '60ms' }),
  ]);
}

/** Pays in again and again, each time under a key of its own; notes what was acknowledged. */
export async function payIn(sim: Simulation, link: NetworkLink, name: string, callFor: (key: string) => Call): Promise<string[]> {
  const deposit = patiently<Deposit, number>(link, 'deposit');
  const acknowledged: string[] = [];
  for (let number = 1; number <= 4; number++) {
    const key = `${name}-${number}`;
    await deposit({ amount: 1 }, callFor(key)).then(
      () => acknowledged.push(key),
      () => sim.note(`${key} was given up`),
    );
    await sim.pass(sim.below(60));
  }
  return acknowledged;
}

/** Takes the lease, falls asleep sometimes, and writes under the lease that it believes it has. */
export async function writeUnderLease(sim: Simulation, link: NetworkLink, owner: string, callFor: (key: string) => Call): Promise<void> {
  const [acquire, append] = [patiently<string, number>(link, 'acquire'), patiently<Entry, boolean>(link, 'append')];
  for (let turn = 0; turn < 4; turn++) {
    const fence = await acquire(owner, callFor('')).catch(() => 0);
    if (fence > 0) {
      await sim.pass(sim.chance(0.3) ? 3 * leaseMs : 10);
      await append({ owner, fence }, callFor('')).catch(() => undefined);
    }
    await sim.pass(leaseMs / 2);
  }
}

/** The weather: lines are cut and mended, the server crashes and comes back. */
export async function misfortune(sim: Simulation, network: SimulatedNetwork, clients: readonly [string, ...string[]]): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    await sim.pass(50 + sim.below(150));
    if (sim.chance(0.5)) {
      network.crash('server');
      await sim.pass(sim.below(200));
      network.restart('server');
    } else {
      network.partition([sim.pick(clients)], ['server'], sim.chance(0.5) ? 'one-way' : 'both-ways');
      await sim.pass(sim.below(300));
      network.heal();
    }
  }
}
