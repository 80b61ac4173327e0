import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { faultScale } from '@tutti/core/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { httpServer } from '../set-up.ts';

const mebibyte = 1_048_576;
const total = faultScale(1_024, 1 / 16) * mebibyte;
const program = fileURLToPath(new URL('upload-process.ts', import.meta.url));

async function gatewayProcess(upstream: number, manner: 'stream' | 'hoard'): Promise<{ port: number; rss: () => Promise<number> }> {
  const child = fork(program, [String(upstream), manner], { execArgv: [...process.execArgv, '--conditions=@tutti/source'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const { port } = await told<{ port: number }>(child);
  const rss = async (): Promise<number> => {
    child.send('rss');
    return (await told<{ rss: number }>(child)).rss;
  };
  return { port, rss };
}

async function told<T>(child: ChildProcess): Promise<T> {
  const [message] = await once(child, 'message');
  return message as T;
}

async function upload(port: number, bytes: number): Promise<string> {
  const sending = request({ host: '127.0.0.1', port, method: 'POST', path: '/', headers: { 'content-length': String(bytes) } });
  const answered = once(sending, 'response');
  const chunk = Buffer.alloc(262_144);
  for (let sent = 0; sent < bytes; sent += chunk.length) if (!sending.write(chunk)) await once(sending, 'drain');
  sending.end();
  const [response] = await answered;
  return (await response.toArray()).join('');
}

/**
 * By how much the memory of a gateway grows while a body passes through it to a service that is slower than the client. Before that, another
 * has: Node itself lets some 55 MiB of read buffers lie before it collects them, in a proxy of ten lines as well, and does so only once.
 */
async function growth(manner: 'stream' | 'hoard', { warm, bytes }: { readonly warm: number; readonly bytes: number }): Promise<number> {
  const upstream = await httpServer(async (message, response) => {
    let taken = 0;
    let next = 8 * mebibyte;
    for await (const chunk of message) {
      taken += chunk.length;
      if (taken < next) continue;
      next += 8 * mebibyte;
      await pause(40);
    }
    response.end(String(taken));
  });
  const { port, rss } = await gatewayProcess(upstream, manner);
  expect(await upload(port, warm)).toBe(String(warm));
  const before = await rss();
  let peak = before;
  let isOver = false;
  const watching = (async () => {
    for (; !isOver; await pause(20)) peak = Math.max(peak, await rss());
  })();
  expect(await upload(port, bytes)).toBe(String(bytes));
  isOver = true;
  await watching;
  return peak - before;
}

describe(`an upload of ${total / mebibyte} MiB to a service that is slower than its client`, () => {
  it('takes less than 32 MiB of memory', { timeout: 180_000 }, async () => {
    expect(await growth('stream', { warm: 128 * mebibyte, bytes: total })).toBeLessThan(32 * mebibyte);
  });

  it('would take as much memory as it is long, in a gateway that takes it in first', { timeout: 60_000 }, async () => {
    expect(await growth('hoard', { warm: 16 * mebibyte, bytes: 128 * mebibyte })).toBeGreaterThan(96 * mebibyte);
  });
});
