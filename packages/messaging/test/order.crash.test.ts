import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defaultRuntime, seededRandom, sleep } from '@tutti/core';
import { eventually, faultScale } from '@tutti/core/testing';
import { afterEach, expect, it } from 'vitest';
import { sqliteTransport } from '../src/adapters/sqlite.ts';
import { testEvent } from '../src/testing/index.ts';
import { temporaryFolder } from './bus-members.ts';

const program = fileURLToPath(new URL('./programs/ordered-member.ts', import.meta.url));
const seed = Number(process.env['TUTTI_SEED'] ?? Math.floor(Math.random() * 1e9));
/** Fewer than three members hold at a time, so that neighbours of a key meet. */
const keys = 6;
const ofEach = 80;
const kills = faultScale(10, 0.4);

const started = new Set<ChildProcess>();
afterEach(async () => {
  for (const child of started) await end(child);
});

async function end(child: ChildProcess): Promise<void> {
  started.delete(child);
  const over = once(child, 'exit');
  child.kill('SIGKILL');
  await over;
}

/** Three members, of which one at a time is killed and replaced; gives, by key, the numbers in the order in which they were handled. */
async function handledByKey(how: 'ordered' | 'loose', deaths: number): Promise<ReadonlyMap<string, readonly number[]>> {
  await using folder = await temporaryFolder();
  const [path, ledger] = [folder.path('bus.db'), folder.path('ledger')];
  writeFileSync(ledger, '');
  const random = seededRandom(seed);
  const start = (): ChildProcess => {
    const child = spawn(
      process.execPath,
      ['--conditions=@tutti/source', '--disable-warning=ExperimentalWarning', program, path, ledger, how],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    started.add(child);
    return child;
  };
  const lines = (word: string): string[] =>
    readFileSync(ledger, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith(word));
  const publisher = sqliteTransport({ path });
  await publisher.connect(defaultRuntime);
  await publisher.append(
    Array.from({ length: keys * ofEach }, (_, index) => {
      const subject = `key-${index % keys}`;
      return testEvent(`${subject} ${Math.floor(index / keys)}`, { subject });
    }),
  );
  const members = [start(), start(), start()];
  for (let death = 0; death < deaths; death++) {
    const share = ((death + 1) * keys * ofEach) / (deaths + 2);
    await eventually('a share of the events is handled', () => lines('done').length >= share, 30_000);
    await sleep(defaultRuntime.clock, 20 * random());
    const index = Math.floor(random() * members.length);
    await end(members[index] as ChildProcess);
    members[index] = start();
  }
  await eventually('everything is handled', () => new Set(lines('done')).size === keys * ofEach, 60_000);
  await Promise.all(members.map(end));
  await publisher.close();
  const byKey = new Map<string, number[]>();
  for (const line of lines('done')) {
    const [, key = '', number] = line.split(' ');
    byKey.set(key, [...(byKey.get(key) ?? []), Number(number)]);
  }
  return byKey;
}

/** Neighbours that are neither a repetition, as after a death, nor the next. */
function inversions(byKey: ReadonlyMap<string, readonly number[]>): string[] {
  return [...byKey].flatMap(([key, numbers]) =>
    numbers.flatMap((number, index) => {
      const before = numbers[index - 1] ?? -1;
      return number === before || number === before + 1 ? [] : [`${key}: ${before}, ${number}`];
    }),
  );
}

it(`no key is handled out of order by three processes that die ${kills} times (seed ${seed})`, { timeout: 120_000 }, async () => {
  const byKey = await handledByKey('ordered', kills);
  expect(inversions(byKey)).toEqual([]);
  const handled = [...byKey.values()].flat().length;
  expect(handled).toBeLessThanOrEqual(keys * ofEach + kills * 4);
});

it('control: without the order of keys they are', { timeout: 60_000 }, async () => {
  expect(inversions(await handledByKey('loose', 0))).not.toEqual([]);
});
