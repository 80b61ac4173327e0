import { TuttiError } from '@tutti/core';
import type { SqliteDatabase } from '@tutti/core/sqlite';
import type { RetentionLimits } from '../retention.ts';
import { levels } from './outlook.ts';

/** Appended events between two trims. Each looks at several times as many, so that it keeps up. */
const trimEvery = 128;
const stride = trimEvery * 4;

/** What a store that is away, busy or closing refuses with. */
const passing = ['STORE_UNAVAILABLE', 'OVERLOADED', 'NOT_RUNNING'];

/** Whether the next event of the log is too old or one too many. */
const isPastSql = `SELECT stored_at < ?2 OR seq <= (SELECT max(seq) FROM bus_events) - ?3 AS past FROM bus_events
  WHERE seq > ?1 ORDER BY seq LIMIT 1`;
const stretchSql = `SELECT max(seq) AS end, count(*) AS count FROM (SELECT seq FROM bus_events WHERE seq > ?1 ORDER BY seq LIMIT ?2)`;

/** Of a stretch, removes those that are too many or too old and that nobody waits for. */
const trimSql = `DELETE FROM bus_events WHERE seq > ?1 AND seq <= ?2
  AND (stored_at < ?3 OR seq <= (SELECT max(seq) FROM bus_events) - ?4)
  AND seq <= CASE priority ${levels
    .map((level) => `WHEN ${level} THEN (SELECT coalesce(min(position_${level}), bus_events.seq) FROM bus_subscriptions)`)
    .join(' ')} END
  AND NOT EXISTS (SELECT 1 FROM bus_subscriptions s CROSS JOIN bus_deliveries d ON d.subscription = s.id AND d.seq = bus_events.seq)`;

/**
 * Keeps the log within its retention, a stretch at a time, beside whatever else is written. Each time it looks at the oldest events and, if
 * some of them must stay, at a further stretch too, which wanders: so events that wait for long do not keep others from being removed.
 */
export class Trimming {
  readonly #limits: RetentionLimits;
  #appended = trimEvery;
  #wandered = 0;
  #failure: unknown;
  #running: Promise<void> | undefined;

  constructor(limits: RetentionLimits) {
    this.#limits = limits;
  }

  /** To be told of every event that is stored. */
  note(count: number, database: SqliteDatabase, now: number): void {
    this.#appended += count;
    if (this.#running || this.#appended < trimEvery) return;
    this.#running = this.#trim(database, now).finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when nothing of it is under way. Rejects with a failure that no later event would have mended. */
  async idle(): Promise<void> {
    await this.#running;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #trim(database: SqliteDatabase, now: number): Promise<void> {
    try {
      while (this.#appended >= trimEvery) {
        const oldest = await this.#stretch(database, 0, now);
        if (!oldest) this.#appended = 0;
        else {
          this.#appended -= trimEvery;
          if (!oldest.all) this.#wandered = (await this.#stretch(database, Math.max(oldest.to, this.#wandered), now))?.to ?? 0;
        }
      }
    } catch (error) {
      // where the store is away, what was not trimmed now is trimmed after later events
      if (!passing.some((code) => TuttiError.is(error, code))) this.#failure = error;
    }
  }

  /** Where it ended, and whether all of it could be removed; undefined when it holds nothing that is too old or too many. */
  async #stretch(database: SqliteDatabase, from: number, now: number): Promise<{ readonly to: number; readonly all: boolean } | undefined> {
    const limits = [now - this.#limits.maxAgeMs, this.#limits.maxEvents];
    const [next] = await database.read(isPastSql, [from, ...limits]);
    if (next?.['past'] !== 1) return undefined;
    const [stretch] = await database.read(stretchSql, [from, stride]);
    const to = Number(stretch?.['end']);
    const [removed] = await database.write({ name: 'bus.trim', statements: [{ sql: trimSql, values: [from, to, ...limits] }] });
    return { to, all: removed?.changes === stretch?.['count'] };
  }
}
