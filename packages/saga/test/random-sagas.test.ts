import { exponential } from '@tutti/core';
import { type SqliteDatabase, sqliteDatabase } from '@tutti/core/sqlite';
import { testRuntime } from '@tutti/core/testing';
import { type AnySaga, defineSaga, memoryStore, SagaOrchestrator, type SagaStore, type TxWriter, terminal } from '@tutti/saga';
import { sqliteStore } from '@tutti/saga/sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { empty, events, stopped } from './engine.ts';
import { expectedOf, type NodePlan, type SagaPlan, type StepPlan, sagaPlans } from './random-plan.ts';

const retry = { maxAttempts: 4, backoff: exponential({ initial: '10ms', jitter: 0 }) };

/** The world outside, where every effect of a key counts once: +1 for what was done, -1 for what was undone. */
class World {
  readonly keys: Set<string> = new Set();
  /** What refuses after the pivot does so until somebody has mended it. */
  mended = false;
  sum = 0;

  effect(key: string, change: 1 | -1): void {
    if (this.keys.has(key)) return;
    this.keys.add(key);
    this.sum += change;
  }
}

/** The builder without its types, which a generated saga cannot have. */
interface Loose {
  step(name: string, options: object): Loose;
  tx(name: string, options: object): Loose;
  pivot(name: string, options: object): Loose;
  sleep(name: string, time: string): Loose;
  parallel(build: (branches: Loose) => Loose): Loose;
  when(name: string, decide: () => boolean, then: (way: Loose) => Loose, otherwise?: (way: Loose) => Loose): Loose;
}

interface Given {
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly outcome: string;
  readonly tx: TxWriter;
}

/** Makes a saga of a plan. */
class Making {
  readonly #world: World;
  readonly #withTx: boolean;
  #count = 0;

  constructor(world: World, withTx: boolean) {
    this.#world = world;
    this.#withTx = withTx;
  }

  saga({ before, pivot }: SagaPlan): AnySaga {
    let builder = this.#nodes(defineSaga(events, 'random', { input: empty }) as unknown as Loose, before, false);
    if (pivot) {
      const { compensate: _never, undoRetry: _neither, ...options } = this.#effect(pivot.step, false);
      builder = this.#nodes(builder.pivot(this.#name('pivot'), options), pivot.after, true);
    }
    // of sleeps alone nothing could be run
    return (this.#count === 0 ? builder.step('only', { run: () => 0, intent: false }) : builder) as unknown as AnySaga;
  }

  #name(kind: string): string {
    return `${kind}${++this.#count}`;
  }

  #nodes(begin: Loose, nodes: readonly NodePlan[], late: boolean): Loose {
    return nodes.reduce((builder, node) => {
      if (node.kind === 'step') return this.#step(builder, node.step, late, this.#withTx && node.step.tx);
      if (node.kind === 'sleep') return builder.sleep(this.#name('sleep'), `${node.ms}ms`);
      if (node.kind === 'parallel')
        return builder.parallel((all) => node.steps.reduce((branches, step) => this.#step(branches, step, late, false), all));
      const otherwise = node.otherwise.length > 0 ? (way: Loose): Loose => this.#nodes(way, node.otherwise, late) : undefined;
      return builder.when(
        this.#name('when'),
        () => node.taken,
        (way) => this.#nodes(way, node.nodes, late),
        otherwise,
      );
    }, begin);
  }

  #step(builder: Loose, plan: StepPlan, late: boolean, tx: boolean): Loose {
    const { compensate, undoRetry, ...rest } = tx ? this.#row(plan, late) : this.#effect(plan, late);
    const kind = late ? { kind: 'retriable' } : { compensate, undoRetry };
    if (tx) return builder.tx(this.#name('tx'), { ...rest, ...kind });
    if (!plan.pure) return builder.step(this.#name('step'), { ...rest, ...kind });
    const pure = { retry, run: (given: Given) => this.#try(plan, late, given), intent: false };
    return builder.step(this.#name('pure'), late ? { ...pure, kind: 'retriable' } : pure);
  }

  #try({ flaky, refuses }: StepPlan, late: boolean, { attempt }: Given): void {
    if (attempt <= flaky) throw new Error('not now');
    if (refuses && !(late && this.#world.mended)) throw terminal('never');
  }

  #effect(plan: StepPlan, late: boolean) {
    return {
      retry,
      undoRetry: retry,
      run: (given: Given): void => {
        this.#try(plan, late, given);
        this.#world.effect(given.idempotencyKey, 1);
      },
      compensate: ({ attempt, outcome, idempotencyKey }: Given): void => {
        if (attempt <= plan.undoFlaky) throw new Error('not now');
        if (outcome !== 'failed' && this.#world.keys.has(idempotencyKey.replace(/\/undo$/, ''))) this.#world.effect(idempotencyKey, -1);
      },
    };
  }

  /** Its effect is a row, without any key: the store alone must see to it that there is one. */
  #row(plan: StepPlan, late: boolean) {
    return {
      retry,
      undoRetry: retry,
      run: (given: Given): void => {
        this.#try(plan, late, given);
        if (!plan.pure) given.tx.write('INSERT INTO effects VALUES (1)');
      },
      compensate: ({ attempt, tx }: Given): void => {
        if (attempt <= plan.undoFlaky) throw new Error('not now');
        if (!plan.pure) tx.write('INSERT INTO effects VALUES (-1)');
      },
    };
  }
}

interface Place {
  readonly store: SagaStore;
  readonly database?: SqliteDatabase;
}

const places: Readonly<Record<string, () => Promise<Place>>> = {
  memory: async () => ({ store: memoryStore() }),
  async SQLite() {
    const database = sqliteDatabase({ path: ':memory:' });
    await database.start();
    await database.migrate('test', ['CREATE TABLE effects (change INTEGER)']);
    return { store: sqliteStore({ database }), database };
  },
};

/** Runs one saga to its end and says what the world adds up to. */
async function outcomeOf(
  plan: SagaPlan,
  { store, database }: Place,
  amnesia: boolean,
): Promise<{ status: string; stuck: number; sum: number }> {
  const runtime = testRuntime();
  const world = new World();
  const saga = new Making(world, database !== undefined).saga(plan);
  const sagas = new SagaOrchestrator({ store, sagas: [saga], runtime, amnesia, scan: '1h', lease: '6h' });
  await sagas.start();
  const id = await sagas.startSaga('random', {} as never);
  let stuck = 0;
  for (let hours = 0; hours < 60; hours++) {
    await runtime.clock.advance(hours === 0 ? 5_000 : 3_600_000);
    const { status } = await sagas.get(id);
    if (status === 'completed' || status === 'compensated') break;
    if (status !== 'stuck') continue;
    stuck++;
    world.mended = true;
    await sagas.retry(id, { actor: 'test', reason: 'it is mended' });
  }
  const { status } = await sagas.get(id);
  const [row] = (await database?.read('SELECT coalesce(sum(change), 0) AS sum FROM effects')) ?? [];
  await stopped(runtime, sagas);
  await database?.stop();
  return { status, stuck, sum: world.sum + Number(row?.['sum'] ?? 0) };
}

describe.each(Object.entries(places))('random sagas on %s', (name, make) => {
  it.each([
    ['', false],
    [' in amnesia', true],
  ])('add up%s: all effects when completed, none when compensated', { timeout: 240_000 }, async (_mode, amnesia) => {
    await fc.assert(
      fc.asyncProperty(sagaPlans, async (plan) => {
        expect(await outcomeOf(plan, await make(), amnesia)).toEqual(expectedOf(plan));
      }),
      { numRuns: name === 'memory' ? 100 : 60 },
    );
  });
});

describe('random sagas', () => {
  it('would not add up with a store that forgets what was done (control)', async () => {
    const step = { flaky: 0, refuses: false, undoFlaky: 0, tx: false, pure: false };
    const plan: SagaPlan = {
      before: [
        { kind: 'step', step },
        { kind: 'step', step: { ...step, refuses: true } },
      ],
    };
    const store = memoryStore();
    const forgetful: SagaStore = {
      ...store,
      // ends without any undo
      checkpoint: (checkpoint) => store.checkpoint(checkpoint.name === 'failure' ? { ...checkpoint, status: 'compensated' } : checkpoint),
    };
    expect(await outcomeOf(plan, { store: forgetful }, false)).toEqual({ status: 'compensated', stuck: 0, sum: 1 });
  });
});
