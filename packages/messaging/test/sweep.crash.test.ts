import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sqliteDatabase } from '@tutti/core/sqlite';
import { faultScale, sweepCrashPoints } from '@tutti/core/testing';
import { expect, it } from 'vitest';
import { liveOnce } from './programs/swept-bus.ts';

/** How often a write that comes again and again is swept. */
const repeats = faultScale(4, 0.5);

/** What a second life leaves when it has carried on after a death. */
async function brokenAfter(folder: string): Promise<readonly string[]> {
  const problems: string[] = [];
  const mustBe = (what: string, found: unknown, expected: unknown): void => {
    if (JSON.stringify(found) !== JSON.stringify(expected)) problems.push(`${what}: ${JSON.stringify(found)}`);
  };
  const path = join(folder, 'bus.db');
  await liveOnce(folder, sqliteDatabase({ path }));
  const ledger = join(folder, 'ledger');
  const lines = existsSync(ledger) ? readFileSync(ledger, 'utf8').trim().split('\n') : [];
  for (const id of ['e0', 'e2']) {
    const times = lines.filter((line) => line === `done ${id}`).length;
    if (times !== 1 && times !== 2) problems.push(`${id} was handled ${times} times`);
  }
  if (lines.length > 3) problems.push(`one death, and ${lines.length - 2} events handled again`);
  await using database = sqliteDatabase({ path });
  await database.start();
  const column = async (sql: string): Promise<unknown[]> => (await database.read(sql)).map((row) => Object.values(row)[0]);
  mustBe('effects', await column('SELECT name FROM effects ORDER BY name'), ['e1', 'e3', 'e4']);
  mustBe('placed', await column('SELECT name FROM placed'), ['e4']);
  mustBe('dead letters', await column('SELECT id FROM bus_dead_letters'), []);
  mustBe('subscriptions', await column('SELECT group_name FROM bus_subscriptions'), ['work']);
  mustBe('in hand', await column('SELECT count(*) FROM bus_deliveries WHERE state = 1'), [0]);
  mustBe('seen', await column("SELECT identity FROM inbox_handled WHERE scope = 'seen' ORDER BY identity"), ['e0', 'e2']);
  mustBe('integrity', await column('PRAGMA integrity_check'), ['ok']);
  return problems;
}

it('nothing is lost, doubled or left behind by dying before or after any write of the bus', { timeout: 240_000 }, async () => {
  const swept = await sweepCrashPoints({
    program: new URL('programs/sweep-member.ts', import.meta.url),
    wanted: (point) => Number(point.split('/')[2]) <= repeats,
    check: brokenAfter,
  });
  expect(swept.problems).toEqual([]);
  expect([...new Set(swept.points.map((point) => point.split('/')[0]))].sort()).toEqual([
    'bus.append',
    'bus.claim',
    'bus.commit',
    'bus.discard',
    'bus.forget',
    'bus.replay',
    'bus.settle',
    'bus.subscribe',
    'bus.trim',
    'inbox.commit',
    'inbox.remember',
    'order.place',
    'sqlite.durability',
  ]);
});

it('control: an effect that is written after the acknowledgement is lost by dying in between', { timeout: 60_000 }, async () => {
  const swept = await sweepCrashPoints({
    program: new URL('programs/sweep-member.ts', import.meta.url),
    args: ['apart'],
    wanted: (point) => point === 'apart.effect/before/1',
    check: brokenAfter,
  });
  expect(swept.problems).toEqual(['killed at apart.effect/before/1: effects: ["e3","e4"]']);
});
