import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/index.ts';
import { eventually, faultScale } from '../../src/testing/index.ts';
import { startChild } from './child.ts';
import { brokenIn } from './left-behind.ts';

/** Of each of the two processes. */
const sets = faultScale(10_000);
const kills = faultScale(10, 0.3);

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tutti-kill-'));
  path = join(folder, 'pairs.db');
});
afterEach(() => rm(folder, { recursive: true }));

type Manner = 'honest' | 'hasty' | 'unfenced';

/** Runs a writer to its end or, with `killAfter`, until it has said so many words and is killed at its work; gives all that it said. */
async function wordsOf(name: string, manner: Manner, total: number, killAfter?: number): Promise<string[]> {
  const log = join(folder, `${name}.log`);
  const said = (): string[] => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : []);
  const child = startChild('pair-writer.ts', [path, log, name, total, manner]);
  if (killAfter !== undefined) {
    await eventually(`${killAfter} words of ${name}`, () => child.over || said().length >= killAfter, 30_000);
    await child.kill();
  }
  expect(await child.ended).toEqual({ code: killAfter === undefined ? 0 : null, errors: '' });
  return said();
}

/** Each life has ids of its own, so that none makes up for what another lost. */
async function writeThroughKills(writer: string): Promise<string[]> {
  const random = seededRandom(writer.charCodeAt(0));
  const said: string[] = [];
  for (let life = 1; life <= kills; life++) {
    const killAfter = Math.ceil((sets / kills) * random());
    said.push(...(await wordsOf(`${writer}${life}`, 'honest', 1_000_000, killAfter)));
  }
  return [...said, ...(await wordsOf(`${writer}${kills + 1}`, 'honest', Math.max(sets / 10, sets - said.length)))];
}

describe('two processes that write to one file and are killed again and again', () => {
  it('lose no set that was acknowledged, keep none that was refused, apply none by half, and break no fence', {
    timeout: faultScale(300_000, 0.2),
  }, async () => {
    const said = await Promise.all(['a', 'b'].map(writeThroughKills));
    for (const words of said) expect(words.length).toBeGreaterThanOrEqual(sets);
    expect(await brokenIn(path, said.flat())).toEqual([]);
  });

  it('would lose sets if they acknowledged before COMMIT (control)', async () => {
    const said = await wordsOf('hasty', 'hasty', 1_000_000, 2_000);
    expect(await brokenIn(path, said)).toContainEqual(expect.stringMatching(/was acknowledged and is lost$/));
  });

  it('would take numbers twice if they took them without a fence (control)', async () => {
    const said = await wordsOf('unfenced', 'unfenced', 500);
    expect(await brokenIn(path, said)).toContainEqual('a number was taken twice, or none took it');
  });
});
