import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs';
import { get } from 'node:http';
import CircuitBreaker from 'opossum';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { breaker, Call, compose, consecutiveFailures, type Layer, protect, timeout } from '../../src/index.ts';

// A stalled event loop makes timers lie: after the stall they run before the sockets are read, and answers that came in
// time look late. The backend is another process, so it is not stalled, and answers everything after 100 ms,
// well within the stall, which begins once all have been asked.
const backend = `
  const server = require('node:http').createServer((_request, response) => setTimeout(() => response.end('well'), 100));
  server.listen(0, '127.0.0.1', () => process.stdout.write(String(server.address().port)));
  process.stdin.on('end', () => process.exit()).resume();
`;
let child: ChildProcess;
let port: number;

beforeAll(async () => {
  child = spawn(process.execPath, ['-e', backend], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [text] = (await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data')) as [Buffer];
  port = Number(text);
});
afterAll(() => {
  child.stdin?.end();
});

const ask = (): Promise<string> =>
  new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent: false }, (response) => {
      response.setEncoding('utf8');
      let body = '';
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
    }).on('error', reject);
  });

/** Busy for half a second inside a callback of the poll phase, as a large JSON.parse of something just read would be. */
function stall(): void {
  readFile(import.meta.filename, () => {
    const endsAt = performance.now() + 500;
    while (performance.now() < endsAt);
  });
}

/** How many of twenty calls that were answered in time are said to have failed. */
async function falseFailures(guarded: () => Promise<string>): Promise<number> {
  const calls = Array.from({ length: 20 }, guarded);
  setTimeout(stall, 30);
  const outcomes = await Promise.allSettled(calls);
  return outcomes.filter(({ status }) => status === 'rejected').length;
}

const through = (layers: readonly Layer<undefined, string>[]): Promise<number> => {
  const guarded = compose(ask, layers);
  return falseFailures(() => guarded(undefined, Call.root()));
};

describe('while the event loop is stalled for longer than the timeout', () => {
  it('no call that was answered in time is said to have timed out, and no breaker opens', async () => {
    const circuit = breaker({ operation: 'asking', tripAfter: consecutiveFailures(1) });
    expect(await through([circuit, timeout({ operation: 'asking', timeout: '200ms' })])).toBe(0);
    expect(circuit.state).toBe('closed');
    const fused = protect({ operation: 'asking', timeout: '200ms', breaker: { tripAfter: consecutiveFailures(1) } });
    expect(await through([fused])).toBe(0);
    expect(fused.breaker?.state).toBe('closed');
  });

  it('a timer for each call says so of all of them (control)', async () => {
    const circuit = new CircuitBreaker(ask, { timeout: 200 });
    expect(await falseFailures(() => circuit.fire())).toBe(20);
    circuit.shutdown();
  });

  it('a call that really gets no answer still times out', async () => {
    const mute = compose(() => new Promise<string>(() => {}), [timeout({ operation: 'asking', timeout: '200ms' })]);
    expect(await falseFailures(() => mute(undefined, Call.root()))).toBe(20);
  });
});
