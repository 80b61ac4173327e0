import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SqliteDatabase, sqliteDatabase } from '../../src/sqlite/index.ts';
import { eventually, type TestRuntime, testRuntime } from '../../src/testing/index.ts';
import { type Child, startChild } from './child.ts';

/** All clocks stand still here, so nobody looks at the file unless a clock is moved: what rings came through the doorbell. */
describe('the doorbell between processes', () => {
  let folder: string;
  let path: string;
  let runtime: TestRuntime;
  let database: SqliteDatabase;
  let rings: number;
  const children: Child[] = [];

  async function child(env: Readonly<Record<string, string>> = {}): Promise<Child> {
    const started = startChild('commit-announcer.ts', [path], env);
    children.push(started);
    await started.said(1);
    expect(started.lines).toEqual(['open']);
    return started;
  }
  const socketsOf = async (of: Child): Promise<string[]> =>
    (await readdir(join(tmpdir(), `tutti-${process.getuid?.()}`))).filter((name) => name.includes(`-${of.pid}-`));
  const rang = (of: Child): boolean => of.lines.includes('rang');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tutti-bell-'));
    path = join(folder, 'bell.db');
    runtime = testRuntime();
    database = sqliteDatabase({ path, runtime });
    rings = 0;
    database.onCommit(() => rings++);
  });
  afterEach(async () => {
    await Promise.all(children.splice(0).map((one) => one.kill()));
    await database.stop();
    await rm(folder, { recursive: true });
  });

  it('rings in every process, whoever came first', async () => {
    const early = await child();
    await database.start();
    const late = await child();
    early.say('write');
    await eventually('a ring here and in the process that came last', () => rings > 0 && rang(late));
    const before = rings;
    late.say('write');
    await eventually('a ring from the process that came last', () => rings > before);
  });

  it('forgets processes that were killed, and clears away the sockets they left', async () => {
    await database.start();
    const killed = await child();
    expect(await socketsOf(killed)).toHaveLength(1);
    await killed.kill();
    const next = await child();
    expect(await socketsOf(killed)).toEqual([]);
    next.say('write');
    await eventually('a ring from the next process', () => rings > 0);
    await next.kill();
    await database.migrate('bell', ['CREATE TABLE bell (id INTEGER)']);
    const another = await child();
    another.say('write');
    const before = rings;
    await eventually('a ring from one more', () => rings > before);
  });

  it('is not needed: without it a commit rings as soon as somebody looks', async () => {
    await database.start();
    const elsewhere = join(folder, 'another-tmp');
    await mkdir(elsewhere);
    const unheard = await child({ TMPDIR: elsewhere });
    unheard.say('write');
    await eventually('the write of the process that cannot be heard', () => unheard.lines.includes('wrote'));
    expect(rings).toBe(0);
    await runtime.clock.advance(250);
    expect(rings).toBeGreaterThan(0);
    expect((await readdir(elsewhere)).length).toBe(1);
  });
});
