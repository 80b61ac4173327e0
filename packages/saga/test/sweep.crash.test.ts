import { atFullSize, type CrashSweep } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { startPostgres } from '../../../tools/services/postgres.ts';
import { startRedis } from '../../../tools/services/redis.ts';
import { armedAfterSuccess } from '../src/faults/sabotage.ts';
import { namesOf, type SweptStore, sweep } from './sweeping.ts';

const sqlite: SweptStore = { module: './trials/sqlite-worker.ts', config: '{"path":"$FOLDER/sagas.db"}' };
const redis = (url: string): SweptStore => ({ module: './trials/redis-worker.ts', config: JSON.stringify({ url, name: '$NAME' }) });
const postgres = (url: string): SweptStore => ({ module: './trials/postgres-worker.ts', config: JSON.stringify({ url, schema: '$NAME' }) });

/** Whether more of what was listed was missed than one slow life explains. */
const fewWereMissed = ({ points, missed }: CrashSweep): boolean => missed.length <= points.length / 3;

const namesThatFail = ['failure', 'finish', 'intent', 'outcome', 'start', 'undo-intent', 'undo-outcome'].map((name) => `saga.${name}`);
const timeout = 240_000;

/** The two endings write the same until the pivot, so the second is swept only from there on. */
const fromThePivot = (point: string): boolean => /^saga\.(intent\/\w+\/[3-9]|outcome\/\w+\/[2-9]|finish\/.*)$/.test(point);

async function endsRight(store: SweptStore, both: boolean): Promise<void> {
  const failing = await sweep(store, 'fail');
  expect(failing.problems).toEqual([]);
  expect(failing).toSatisfy(fewWereMissed);
  expect(namesOf(failing)).toEqual(expect.arrayContaining(namesThatFail.filter((name) => name !== 'saga.outcome')));
  if (!both) return;
  const completing = await sweep(store, 'complete', { wanted: fromThePivot });
  expect(completing.problems).toEqual([]);
  expect(completing).toSatisfy(fewWereMissed);
  expect(namesOf(completing)).toContain('saga.finish');
}

/** Its effect and its outcome are one commit. */
async function booksOnce(store: SweptStore): Promise<void> {
  const booking = await sweep(store, 'book', { wanted: fromThePivot });
  expect(booking.problems).toEqual([]);
  expect(booking).toSatisfy(fewWereMissed);
  expect(namesOf(booking)).toContain('saga.outcome');
}

/** The two are two commits, and the first life dies between them. */
async function booksTwiceApart(store: SweptStore): Promise<void> {
  const { problems } = await sweep(store, 'book', { wanted: (point) => point.startsWith('saga.apart/after/'), apart: true });
  // of the step before the pivot and of the pivot
  expect(problems).toEqual([expect.stringMatching(/completed with 3 rows$/), expect.stringMatching(/completed with 3 rows$/)]);
}

describe('a saga on SQLite that is killed at each of its durable writes and comes back', () => {
  it('ends right each time', { timeout }, () => endsRight(sqlite, true));

  it('ends right each time with a pivot that is in its database', { timeout }, () => booksOnce(sqlite));

  it('control: with the statements of a step apart from its checkpoint, they are executed twice', { timeout }, () =>
    booksTwiceApart(sqlite),
  );

  it('control: with undo armed after success instead of at intent, an effect stays behind', { timeout }, async () => {
    // dying before the outcomes of the branches are written
    const wanted = (point: string): boolean => point === 'saga.outcome/before/1';
    const { problems } = await sweep(sqlite, 'complete', { wanted, changed: armedAfterSuccess });
    expect(problems).toEqual(expect.arrayContaining([expect.stringMatching(/was done and never undone$/)]));
  });
});

describeWith('redis-server', 'a saga on Redis that is killed at each of its durable writes and comes back', () => {
  it('ends right each time', { timeout }, async () => {
    const server = await startRedis();
    try {
      await endsRight(redis(server.url), atFullSize());
    } finally {
      await server.stop();
    }
  });
});

describeWith('postgres', 'a saga on Postgres that is killed at each of its durable writes and comes back', () => {
  it('ends right each time', { timeout }, async () => {
    const server = await startPostgres();
    try {
      await endsRight(postgres(server.url), atFullSize());
    } finally {
      await server.stop();
    }
  });

  it('ends right each time with a pivot that is in its database, and not where statements are apart from their checkpoint', {
    timeout,
  }, async () => {
    const server = await startPostgres();
    try {
      await booksOnce(postgres(server.url));
      await booksTwiceApart(postgres(server.url));
    } finally {
      await server.stop();
    }
  });
});
