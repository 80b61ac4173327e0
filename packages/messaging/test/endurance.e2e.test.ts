import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { faultScale } from '@tutti/core/testing';
import { expect, it } from 'vitest';
import { temporaryFolder } from './bus-members.ts';

const program = fileURLToPath(new URL('./programs/endure.ts', import.meta.url));
const messages = faultScale(1_000_000, 0.05);
const mebibyte = 1_048_576;

interface Largest {
  readonly file: number;
  readonly wal: number;
  readonly rss: number;
  readonly waiting: number;
}

async function endure(mode: 'bounded' | 'unbounded', count: number): Promise<Largest> {
  await using folder = await temporaryFolder();
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=@tutti/source',
    program,
    folder.path('bus.db'),
    String(count),
    mode,
  ]);
  return JSON.parse(stdout) as Largest;
}

/** 5,000 settled events of 1 KB are kept, and 5,000 identities. */
it(`${messages} messages leave file, log and memory within their bounds`, { timeout: 900_000 }, async () => {
  const { file, wal, rss, waiting } = await endure('bounded', messages);
  console.info(
    `at most ${Math.round(file / mebibyte)} MiB of file, ${Math.round(wal / mebibyte)} of log, ${Math.round(rss / mebibyte)} of memory`,
  );
  expect(waiting).toBe(0);
  expect(file).toBeLessThan(24 * mebibyte);
  expect(wal).toBeLessThan(64 * mebibyte);
  expect(rss).toBeLessThan(512 * mebibyte);
});

it('control: without its retention the file grows with the messages', { timeout: 120_000 }, async () => {
  const { file } = await endure('unbounded', 50_000);
  expect(file).toBeGreaterThan(24 * mebibyte);
});
