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
