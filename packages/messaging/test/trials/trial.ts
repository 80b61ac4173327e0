import { sqliteIsFree } from '@tutti/core/sqlite';
import { faultScale, type TcpFaultProxy, tcpFaultProxy } from '@tutti/core/testing';
import { type BrokerControl, type DeliveryPlan, type DeliveryReport, nothingLost } from '../../src/faults/index.ts';
import { temporaryFolder } from '../bus-members.ts';

export const seed: number = Number(process.env['TUTTI_SEED'] ?? Math.floor(Math.random() * 1e9));

/** Test M: 10,000 messages and all faults at full size, a tenth in every other run. */
export async function trial(name: string, member: string, changes: (folder: string) => Partial<DeliveryPlan>): Promise<DeliveryReport> {
  await using folder = await temporaryFolder();
  const ledger = folder.path('ledger.db');
  const report = await nothingLost({
    module: new URL(member, import.meta.url).href,
    config: undefined,
    folder: folder.path('.'),
    seed,
    messages: faultScale(10_000),
    kills: faultScale(20, 0.25),
    pauses: faultScale(3),
    cuts: faultScale(10, 0.4),
    // SQLite's lock would stop all the others with whoever holds it
    mayPause: () => sqliteIsFree(ledger),
    ...changes(folder.path('.')),
  });
  const { takeOverMs, lost, doubled, ...rest } = report;
  const sorted = takeOverMs.toSorted((a, b) => a - b);
  const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1];
  console.info(
    `${name}: ${JSON.stringify({ ...rest, lost: lost.length, doubled: doubled.length, takeOvers: sorted.length, takeOverP99: p99 })}`,
  );
  return report;
}

/**
 * What trials find on a broker when they are broken on purpose, the two at once. They are as small as that allows, since what a control shows does not depend on
 * its size, and tried again with another seed where luck was against them.
 */
export async function findings(
  name: string,
  member: string,
  changes: (folder: string, bus: string) => Partial<DeliveryPlan>,
): Promise<{ readonly doubledWithoutInbox: readonly string[]; readonly lostWithoutConfirm: readonly string[] }> {
  const broken = async (
    sabotage: 'inbox' | 'confirm',
    found: (report: DeliveryReport) => readonly string[],
  ): Promise<readonly string[]> => {
    for (let round = 0; round < 10; round++) {
      const small = { messages: 120, keys: 20, producers: 2, consumers: 2, kills: 3, pauses: 0, lease: '1s' } as const;
      const own = { ...small, sabotage, seed: seed + round };
      const ids = found(
        await trial(`${name}, no ${sabotage}`, member, (folder) => ({ ...changes(folder, `${sabotage}${round}`), ...own })),
      );
      if (ids.length > 0) return ids;
    }
    return [];
  };
  const [doubledWithoutInbox, lostWithoutConfirm] = await Promise.all([
    broken('inbox', ({ doubled }) => doubled),
    broken('confirm', ({ lost }) => lost),
  ]);
  return { doubledWithoutInbox, lostWithoutConfirm };
}

/**
 * What late members finish where every outcome is taken for accepted. One has to be stopped between its decision and its arrival, which takes luck: it is tried with
 * one seed after the other.
 */
export async function zombiesWithoutFence(
  name: string,
  member: string,
  changes: (folder: string, bus: string) => Partial<DeliveryPlan>,
): Promise<readonly string[]> {
  for (let round = 0; round < 20; round++) {
    const broken = { sabotage: 'fence', messages: 1_000, kills: 0, pauses: 3, seed: seed + round } as const;
    const { zombies } = await trial(`${name}, no fence`, member, (folder) => ({ ...changes(folder, `fence${round}`), ...broken }));
    if (zombies.length > 0) return zombies;
  }
  return [];
}

/** A broker behind a line that can be cut; what the members are told is the address of the line. */
export async function behindProxy(
  server: { readonly port: number; kill(): Promise<void>; restart(): Promise<void> },
  url: (port: number) => string,
): Promise<AsyncDisposable & { readonly proxy: TcpFaultProxy; readonly broker: BrokerControl; readonly config: { readonly url: string } }> {
  const proxy = await tcpFaultProxy({ target: { port: server.port } });
  return {
    proxy,
    broker: { kill: () => server.kill(), restart: () => server.restart() },
    config: { url: url(proxy.port) },
    [Symbol.asyncDispose]: () => proxy.close(),
  };
}
