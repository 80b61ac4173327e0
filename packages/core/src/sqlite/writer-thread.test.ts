import { expect, it } from 'vitest';
import { eventually } from '../testing/index.ts';
import { WriterThread } from './writer-thread.ts';

const options = { path: 'unused', busyTimeoutMs: 100 };
/** A thread that greets, and then does as it is told. */
const thread = (text: string): URL =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`import { parentPort } from 'node:worker_threads'; parentPort.postMessage('ready'); ${text}`)}`,
  );

it('tells whom it owes an answer that the thread has ended, and that the outcome is not known', async () => {
  const writer = await WriterThread.start(
    options,
    () => {},
    thread(`parentPort.once('message', () => { throw new Error('out of luck'); });`),
  );
  if (!(writer instanceof WriterThread)) throw new Error(writer.problem);
  const answers = await Promise.all([writer.request([]), writer.request([])]);
  const problem = 'the thread that writes has ended (out of luck); whether this write was committed is not known';
  expect(answers).toEqual([
    { refused: 'unavailable', problem },
    { refused: 'unavailable', problem },
  ]);
  expect(writer.failure).toBe('the thread that writes has ended (out of luck)');
  expect(await writer.request([])).toEqual({
    refused: 'unavailable',
    problem: expect.stringContaining('nothing was written; stop this database'),
  });
  await writer.close();
});

it('notices a thread that ends while nothing is asked of it', async () => {
  const writer = await WriterThread.start(
    options,
    () => {},
    thread(`parentPort.once('message', () => { parentPort.postMessage([[]]); process.exit(3); });`),
  );
  if (!(writer instanceof WriterThread)) throw new Error(writer.problem);
  expect(await writer.request([])).toEqual([]);
  expect(await eventually('the end of the thread', () => writer.failure)).toBe('the thread that writes has ended (exit code 3)');
  await writer.close();
});

it('refuses when the thread cannot begin', async () => {
  const writer = await WriterThread.start(options, () => {}, new URL('data:text/javascript,throw new Error("no room")'));
  expect(writer).toEqual({ refused: 'unavailable', problem: 'the thread that writes has ended (no room)' });
});

it('says once that something was committed for many answers, and nothing for refusals only', async () => {
  let commits = 0;
  const refusal = `{ refused: 'invalid', problem: 'no' }`;
  const text = `let n = 0; parentPort.on('message', (requests) => { if (requests.includes('close')) process.exit(); else parentPort.postMessage(requests.map(() => n === 0 ? ${refusal} : [])); n++; });`;
  const writer = await WriterThread.start(options, () => commits++, thread(text));
  if (!(writer instanceof WriterThread)) throw new Error(writer.problem);
  await writer.request([]);
  expect(commits).toBe(0);
  await Promise.all([writer.request([]), writer.request([]), writer.request([])]);
  expect(commits).toBe(1);
  await writer.close();
  expect(writer.failure).toBeUndefined();
});
