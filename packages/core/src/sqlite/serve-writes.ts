import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Statement } from '../ports/write-set.ts';
import { defaultRuntime } from '../runtime/runtime.ts';
import { applySets, type Outcome } from './apply-sets.ts';
import { Batch } from './batch.ts';
import { Connection } from './connection.ts';
import { fileWatch } from './file-watch.ts';
import { type Migration, migrateTables } from './migrate-tables.ts';
import { openWriter } from './open-writer.ts';
import { packOutcomes, RequestUnpacker } from './packing.ts';
import type { WriterGreeting, WriterOptions, WriterRequest } from './protocol.ts';
import { type Refusal, refusalOf } from './refusal.ts';
import { whenFree } from './when-free.ts';

const gone: Refusal = {
  refused: 'unavailable',
  problem: 'the file was moved, replaced or removed while it was open; put it back, or stop this database and make a new one',
};

/** The life of the writer thread: opens the file, then commits in one transaction whatever queued up during the last commit. Blocks its thread while there is nothing to do. */
export async function serveWrites(port: MessagePort, options: WriterOptions): Promise<void> {
  const opened = await openWriter(options);
  const greeting: WriterGreeting = opened instanceof Connection ? 'ready' : opened;
  port.postMessage(greeting);
  if (!(opened instanceof Connection)) return;
  const connection = opened;
  const stillThere = fileWatch(options.path);
  const unpacker = new RequestUnpacker();
  const queue: WriterRequest[] = [];
  const receive = (): void => {
    for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port))
      for (const request of unpacker.unpack(more.message)) queue.push(request);
  };
  for (;;) {
    const seen = Atomics.load(options.posted, 0);
    receive();
    const request = queue[0];
    if (request === undefined) Atomics.wait(options.posted, 0, seen);
    else if (request === 'close') return end();
    else {
      const outcomes = 'owner' in request ? [await migrate(queue.shift() as Migration)] : await commitNext();
      port.postMessage(packOutcomes(outcomes));
    }
  }

  function commitNext(): Promise<readonly Outcome[]> {
    const batch = new Batch();
    batch.fill(queue);
    return commit(batch.sets, () => {
      receive();
      batch.fill(queue);
    });
  }

  /** When a transaction fails as a whole, each set gets one of its own: the one that fills the disk must not stop the others. */
  async function commit(sets: readonly (readonly Statement[])[], fill?: () => void): Promise<readonly Outcome[]> {
    if (!stillThere()) return sets.map(() => gone);
    try {
      return await whenFree(defaultRuntime, options.busyTimeoutMs, () => applySets(connection, sets, fill));
    } catch (error) {
      const refusal = refusalOf(error);
      if (sets.length === 1 || refusal.refused === 'busy') return sets.map(() => refusal);
      const outcomes: Outcome[] = [];
      for (const set of sets) outcomes.push(...(await commit([set])));
      return outcomes;
    }
  }

  async function migrate(migration: Migration): Promise<Outcome> {
    if (!stillThere()) return gone;
    try {
      return await whenFree(defaultRuntime, options.busyTimeoutMs, () => migrateTables(connection, migration));
    } catch (error) {
      return refusalOf(error);
    }
  }

  function end(): void {
    try {
      connection.query('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // The disk is full or the file is locked. Nothing is lost: who opens the file next finds everything in the WAL.
    }
    connection.close();
    port.close();
  }
}
