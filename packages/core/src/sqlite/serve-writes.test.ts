import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../testing/index.ts';
import { RequestPacker, unpackOutcomes } from './packing.ts';
import type { PackedReply, WriterOptions, WriterRequest } from './protocol.ts';

const posted = new Int32Array(new SharedArrayBuffer(4));
let folder: string;
let thread: Worker;
let packer: RequestPacker;
let heard: unknown[];
let ended: boolean;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tutti-serve-'));
  const workerData: WriterOptions = { path: join(folder, 'served.db'), busyTimeoutMs: 100, posted };
  thread = new Worker(new URL('worker.ts', import.meta.url), { workerData, execArgv: ['--disable-warning=ExperimentalWarning'] });
  packer = new RequestPacker();
  heard = [];
  ended = false;
  thread.on('message', (message) => heard.push(message)).on('exit', () => (ended = true));
  await eventually('the greeting', () => heard.shift() === 'ready');
});
afterEach(async () => {
  if (!ended) send(['close']);
  await eventually('the end', () => ended);
  await rm(folder, { recursive: true });
});

/** The thread sleeps until it is woken, so all messages of one call lie there when it looks. */
function send(...messages: readonly (readonly WriterRequest[])[]): void {
  for (const requests of messages) thread.postMessage(packer.pack(requests));
  Atomics.add(posted, 0, 1);
  Atomics.notify(posted, 0);
}

const table: WriterRequest = { owner: 'served', steps: ['CREATE TABLE served (id INTEGER PRIMARY KEY)'] };
const insert = (id: number): WriterRequest => [{ sql: 'INSERT INTO served VALUES (?)', values: [id], expectedRows: 1 }];
const kinds = (): string[][] =>
  (heard as PackedReply[]).map((reply) => unpackOutcomes(reply).map((outcome) => ('refused' in outcome ? outcome.refused : 'written')));

describe('the writer thread', () => {
  it('carries everything that queued up in one transaction, and answers it at once', async () => {
    send([table]);
    await eventually('the table', () => heard.length === 1);
    send(...[0, 2, 4, 6, 8].map((id) => [insert(id), insert(id + 1)]));
    await eventually('an answer', () => heard.length === 2);
    expect(kinds()).toEqual([['written'], Array.from({ length: 10 }, () => 'written')]);
  });

  it('answers in the order of the requests, whatever they are', async () => {
    send([insert(0), table, insert(1), insert(1), insert(2), 'close']);
    await eventually('the end', () => ended);
    expect(kinds()).toEqual([['invalid'], ['written'], ['written', 'conflict', 'written']]);
  });
});
