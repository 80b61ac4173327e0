import { type Clock, checkOptions, finiteNumber, flag, type Page, type Runtime, sleep, wholeNumber } from '@tutti/core';
import type { DeadLetter, DeadLetters } from '../transport/dead-letters.ts';
import { checkSelection, type DeadLetterSelection, matcherOf } from './dead-letter-selection.ts';

export interface DeadLetterListing extends DeadLetterSelection {
  /** At most so many. @defaultValue 100 */
  readonly limit?: number;
  /** The `next` of the page before. */
  readonly after?: string;
}

export interface ReplayOptions {
  /** Only says what would be done. @defaultValue false */
  readonly dryRun?: boolean;
  /** Replays at most so many a second, so that a fixed handler is not flooded. @defaultValue no bound */
  readonly perSecond?: number;
  /** At most so many, oldest first. @defaultValue no bound */
  readonly limit?: number;
}

export type DiscardOptions = Pick<ReplayOptions, 'dryRun' | 'limit'>;

export interface DeskReport {
  /** Letters that were selected. */
  readonly matched: number;
  /** Letters that it was done to; fewer than matched where somebody else was faster, or their subscription is gone. 0 in a dry run. */
  readonly done: number;
}

/** Letters read at once. */
const pageSize = 200;

/**
 * Looks at what was given up, of every group on the same store, and decides what becomes of it. Every question names whose letters it is about: a tenant's, or
 * `everyTenant`.
 */
export class DeadLetterDesk {
  readonly #letters: () => DeadLetters;
  readonly #runtime: Runtime;

  /** @param letters Of the store. */
  constructor(letters: () => DeadLetters, runtime: Runtime) {
    this.#letters = letters;
    this.#runtime = runtime;
  }

  /** Oldest first. */
  async list(listing: DeadLetterListing): Promise<Page<DeadLetter>> {
    const { limit = 100, after, ...selection } = listing;
    const matches = matcherOf(checkSelection('deadLetters.list', selection));
    const items: DeadLetter[] = [];
    for (let from = after; ; ) {
      const asked = { limit: Math.min(limit - items.length, pageSize), ...group(selection), ...(from !== undefined && { after: from }) };
      const page = await this.#letters().list(asked);
      items.push(...page.items.filter(matches));
      if (page.next === undefined) return { items };
      if (items.length === limit) return { items, next: page.next };
      from = page.next;
    }
  }

  /** One letter with everything that is known; undefined when there is none, or it is another tenant's. */
  async inspect(id: string, { tenant }: Pick<DeadLetterSelection, 'tenant'>): Promise<DeadLetter | undefined> {
    return (await this.list({ tenant, ids: [id], limit: 1 })).items[0];
  }

  /** Gives events back to the subscriptions that gave them up: same event and id, attempts counted anew, `replayedfrom` in the event that the handler sees. */
  replay(selection: DeadLetterSelection, options: ReplayOptions = {}): Promise<DeskReport> {
    return this.#work('deadLetters.replay', selection, options, (ids) => this.#letters().replay(ids));
  }

  /** Drops them for good. */
  discard(selection: DeadLetterSelection, options: DiscardOptions = {}): Promise<DeskReport> {
    return this.#work('deadLetters.discard', selection, options, (ids) => this.#letters().discard(ids));
  }

  async #work(
    path: string,
    selection: DeadLetterSelection,
    options: ReplayOptions,
    act: (ids: readonly string[]) => Promise<number>,
  ): Promise<DeskReport> {
    const { dryRun, perSecond, limit } = checkOptions(
      path,
      options,
      { optional: { dryRun: flag, perSecond: finiteNumber({ min: 0.001 }), limit: wholeNumber({ min: 1 }) } },
      { dryRun: false },
    );
    const matches = matcherOf(checkSelection(path, selection));
    const pace = perSecond === undefined ? undefined : new Pace(perSecond, this.#runtime.clock);
    let [matched, done] = [0, 0];
    for (let after: string | undefined; ; ) {
      const page = await this.#letters().list({ limit: pageSize, ...group(selection), ...(after !== undefined && { after }) });
      const ids = page.items
        .filter(matches)
        .map(({ id }) => id)
        .slice(0, (limit ?? Number.POSITIVE_INFINITY) - matched);
      matched += ids.length;
      if (!dryRun) {
        for (const part of pace ? ids.map((id) => [id]) : ids.length > 0 ? [ids] : []) {
          await pace?.turn();
          done += await act(part);
        }
      }
      if (page.next === undefined || matched === limit) return { matched, done };
      after = page.next;
    }
  }
}

/** Evenly spaced turns. */
class Pace {
  readonly #everyMs: number;
  readonly #clock: Clock;
  #nextAt = 0;

  constructor(perSecond: number, clock: Clock) {
    this.#everyMs = 1_000 / perSecond;
    this.#clock = clock;
    this.#nextAt = clock.now();
  }

  async turn(): Promise<void> {
    const waitMs = this.#nextAt - this.#clock.now();
    if (waitMs > 0) await sleep(this.#clock, waitMs);
    this.#nextAt = Math.max(this.#nextAt, this.#clock.now() - this.#everyMs) + this.#everyMs;
  }
}

const group = ({ group }: DeadLetterSelection): { group?: string } => (group === undefined ? {} : { group });
