import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../testing/index.ts';
import type { WriterReply, WriterRequest } from './protocol.ts';
import { serveWrites } from './serve-writes.ts';

let folder: string;
let port: MessagePort;
let heard: unknown[];
let ended: boolean;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tutti-serve-'));
  const { port1, port2 } = new MessageChannel();
  port = port1;
  heard = [];
  ended = false;
  port.on('message', (message) => heard.push(message)).on('close', () => (ended = true));
  await serveWrites(port2, { path: join(folder, 'served.db'), busyTimeoutMs: 100 });
  await eventually('the greeting', () => heard.shift() === 'ready');
});
afterEach(async () => {
  if (!ended) port.postMessage(['close']);
  await eventually('the end', () => ended);
  await rm(folder, { recursive: true });
});

const table: WriterRequest = { owner: 'served', steps: ['CREATE TABLE served (id INTEGER PRIMARY KEY)'] };
const insert = (id: number): WriterRequest => [{ sql: 'INSERT INTO served VALUES (?)', values: [id], expectedRows: 1 }];
const kinds = (): string[][] =>
  (heard as WriterReply[]).map((reply) => reply.map((outcome) => ('refused' in outcome ? outcome.refused : 'written')));

describe('the writer thread', () => {
  it('carries everything that queued up in one transaction, and answers it at once', async () => {
    port.postMessage([table]);
    await eventually('the table', () => heard.length === 1);
    for (let message = 0; message < 5; message++) port.postMessage([insert(2 * message), insert(2 * message + 1)]);
    await eventually('an answer', () => heard.length === 2);
    expect(kinds()).toEqual([['written'], Array.from({ length: 10 }, () => 'written')]);
  });

  it('answers in the order of the requests, whatever they are', async () => {
    port.postMessage([insert(0), table, insert(1), insert(1), insert(2), 'close']);
    await eventually('the end', () => ended);
    expect(kinds()).toEqual([['invalid'], ['written'], ['written', 'conflict', 'written']]);
  });
});
