import { type Level, PriorityTurns } from '../priority-backlog.ts';
import { begunSql, type Claimed, ClaimSet, type LevelClaim } from './claim.ts';
import { type LevelOutlook, outlookOf, outlookSql } from './outlook.ts';
import { Found, Search, type SearchOptions } from './search.ts';

/** How far a position may lag behind events that did not match before it is written for its own sake, so that they can be trimmed. */
const maxLag = 1_024;

export interface TakingOptions extends SearchOptions {
  readonly leaseMs: number;
}

export interface Taken {
  readonly claimed: readonly Claimed[];
  /** Another member took something meanwhile, or there is more to be looked through: there may be something after all. */
  readonly unfinished: boolean;
  /** Milliseconds since the epoch: when something that has begun falls due. */
  readonly nextDueAt: number;
}

/** What there is of one priority while a claim is put together. */
class Share implements LevelClaim {
  readonly level: Level;
  readonly position: number;
  readonly found: Found;
  due = 0;
  /** Places that it has, and that have not been filled yet. */
  places = 0;
  #dueLeft: number;
  #more: boolean;

  constructor({ level, position, newest, due }: LevelOutlook, searched: number) {
    this.level = level;
    this.position = position;
    this.found = new Found(level, Math.max(position, searched), newest);
    this.#dueLeft = due;
    this.#more = newest > this.found.upTo;
  }

  get hasMore(): boolean {
    return this.#dueLeft > 0 || this.#more;
  }

  /** Fills the places, first with what is due; gives how many it filled. */
  async fill(search: Search): Promise<number> {
    const wanted = this.places;
    this.places = 0;
    const due = Math.min(wanted, this.#dueLeft);
    this.due += due;
    this.#dueLeft -= due;
    const before = this.found.free.length;
    if (this.#more && due < wanted) this.#more = await search.more(this.found, wanted - due);
    return due + this.found.free.length - before;
  }
}

/** How one member takes deliveries of its subscription: looks at what there is, shares the places among the priorities, claims in one write. */
export class Taking {
  readonly #options: TakingOptions;
  readonly #search: Search;
  readonly #turns = new PriorityTurns();
  /** Of each priority: no event between the position and here matches. */
  readonly #searched: [number, number, number] = [0, 0, 0];

  constructor(options: TakingOptions) {
    this.#options = options;
    this.#search = new Search(options);
  }

  async take(max: number, now: number): Promise<Taken> {
    const { database, subscription } = this.#options;
    const [row] = await database.read(outlookSql, [subscription, now, max]);
    const outlook = outlookOf(row);
    const nextDueAt = Math.min(Number.POSITIVE_INFINITY, ...outlook.map((each) => each.nextDueAt));
    const shares = outlook.map((each) => new Share(each, this.#searched[each.level]));
    await this.#fill(shares, max);
    const claimed = await this.#claim(
      shares.filter((share) => this.#isWorthAWrite(share)),
      now,
    );
    return { nextDueAt, ...claimed };
  }

  /** Gives places to the priorities in their turns, as long as any has something for them. */
  async #fill(shares: readonly Share[], max: number): Promise<void> {
    for (let left = max; left > 0; ) {
      const open = shares.filter((share) => share.hasMore);
      if (open.length === 0) return;
      for (let place = 0; place < left; place++) {
        const level = this.#turns.next().find((each) => open.some((share) => share.level === each));
        for (const share of open) if (share.level === level) share.places++;
      }
      for (const share of open) left -= await share.fill(this.#search);
    }
  }

  #isWorthAWrite({ level, due, position, found }: Share): boolean {
    const { free, behind, upTo } = found;
    if (free.length === 0 && behind.length === 0) this.#searched[level] = upTo;
    return due > 0 || free.length > 0 || behind.length > 0 || upTo - position >= maxLag;
  }

  async #claim(shares: readonly Share[], now: number): Promise<Omit<Taken, 'nextDueAt'>> {
    if (shares.length === 0) return { claimed: [], unfinished: false };
    const { database, subscription, ordered, leaseMs } = this.#options;
    const set = new ClaimSet({ subscription, ordered, now, leaseMs, levels: shares });
    const results = await database.write({ name: 'bus.claim', statements: set.statements });
    const claimed = await set.won(results, async (seqs) => {
      const rows = await database.read(begunSql, [subscription, JSON.stringify(seqs)]);
      return new Set(rows.map(({ seq }) => Number(seq)));
    });
    return { claimed, unfinished: set.lostAny(results) || shares.some(({ found }) => found.upTo < found.newest) };
  }
}
