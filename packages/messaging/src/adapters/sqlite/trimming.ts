import type { SqliteDatabase } from '@tutti/core/sqlite';
import type { RetentionLimits } from '../retention.ts';
import { levels } from './outlook.ts';

/** Appended events between two trims. Each looks at several times as many, so that it keeps up. */
const trimEvery = 128;
const stride = trimEvery * 4;

/** The end of the next stretch of the log, and whether anything behind it can be too old or too many. */
const stretchSql = `SELECT seq, stored_at < ?2 OR seq <= (SELECT max(seq) FROM bus_events) - ?3 AS past FROM bus_events
  WHERE seq = (SELECT max(seq) FROM (SELECT seq FROM bus_events WHERE seq > ?1 ORDER BY seq LIMIT ${stride}))`;

/** Of a stretch, removes those that are too many or too old and that nobody waits for. */
const trimSql = `DELETE FROM bus_events WHERE seq > ?1 AND seq <= ?2
  AND (stored_at < ?3 OR seq <= (SELECT max(seq) FROM bus_events) - ?4)
  AND seq <= CASE priority ${levels
    .map((level) => `WHEN ${level} THEN (SELECT coalesce(min(position_${level}), bus_events.seq) FROM bus_subscriptions)`)
    .join(' ')} END
  AND NOT EXISTS (SELECT 1 FROM bus_subscriptions s JOIN bus_deliveries d ON d.subscription = s.id AND d.seq = bus_events.seq)`;

/**
 * Keeps the log within its retention, a stretch at a time, beside whatever else is written. It goes on behind what it could not remove, and
 * begins anew at the end, so that events that wait for long do not keep others from being removed.
 */
export class Trimming {
  readonly #limits: RetentionLimits;
  #appended = trimEvery;
  #from = 0;
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

  /** Resolves when nothing of it is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #trim(database: SqliteDatabase, now: number): Promise<void> {
    try {
      while (this.#appended >= trimEvery) {
        await this.#stretch(database, now);
        this.#appended -= trimEvery;
      }
    } catch {
      // The store is away: what was not trimmed now is trimmed after later events.
    }
  }

  async #stretch(database: SqliteDatabase, now: number): Promise<void> {
    const { maxAgeMs, maxEvents } = this.#limits;
    const from = this.#from;
    const [end] = await database.read(stretchSql, [from, now - maxAgeMs, maxEvents]);
    if (!end) {
      this.#from = 0;
      return;
    }
    const to = Number(end['seq']);
    await database.write({ name: 'bus.trim', statements: [{ sql: trimSql, values: [from, to, now - maxAgeMs, maxEvents] }] });
    this.#from = end['past'] === 1 ? to : 0;
  }
}
