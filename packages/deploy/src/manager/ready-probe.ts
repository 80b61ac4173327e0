import { get } from 'node:http';
import { type Runtime, sleep } from '@tutti/core';

const betweenMs = 50;
const patienceMs = 1_000;

/** Resolves true at the first 2xx; false when `untilMs` (monotonic) has passed or the signal is aborted. */
export async function becomesReady(
  runtime: Runtime,
  address: { host: string; port: number; path: string },
  untilMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const { clock } = runtime;
  while (!signal.aborted && clock.now() < untilMs) {
    if (await answersWell(address)) return true;
    await sleep(clock, betweenMs, { signal }).catch(() => undefined); // aborted: the loop sees it
  }
  return false;
}

function answersWell({ host, port, path }: { host: string; port: number; path: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host, port, path, agent: false, timeout: patienceMs }, (response) => {
      response.resume();
      resolve((response.statusCode ?? 500) < 300);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}
