import { LRUCache } from 'lru-cache';
import { newId } from '../runtime/id.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Entry, TagMark } from './entry.ts';
import type { SecondLevel } from './second-level.ts';

/** What is known of a tag: its version, and since when that is known to have been the newest. */
interface Known {
  readonly version: string;
  readonly asOf: number;
}

interface Reading {
  readonly startedAt: number;
  readonly done: Promise<void>;
}

/** `unknown`: nobody invalidated it as far as this process knows, but it has not asked recently enough to say. */
type Verdict = 'valid' | 'invalid' | 'unknown';

/** What versions may take in memory. The least used are forgotten, which costs a question or makes their entries miss. */
const maxVersionBytes = 8 * 1_048_576;
const bytesPerVersion = 256;

/** An entry whose version has run out of the store is invalid, so this only has to be long, not longer than every entry. */
const versionTtlMs = 30 * 86_400_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The version of every tag: a random word that an invalidation replaces. An entry carries the versions that were current
 * before its load began, and is valid while they still are. So a load that an invalidation overtook leaves an entry that
 * was never valid, whenever and wherever it is written, and nobody has to find the entries of a tag.
 *
 * What another process invalidates is learnt by asking the second level again. An entry may be served to a reader who
 * came at `t` if it is known to have been valid at `t - bound` or later; hence no reader who came more than `bound` after
 * an invalidation was acknowledged gets an older version. This needs a store whose acknowledged writes are seen by all
 * reads that follow, and which applies each write at most once: a word must not come back.
 *
 * Without a second level the words in this process are the truth.
 */
export class TagVersions {
  readonly #runtime: Runtime;
  readonly #store: SecondLevel | undefined;
  readonly #boundMs: number;
  readonly #known: LRUCache<string, Known> = new LRUCache({
    maxSize: maxVersionBytes,
    sizeCalculation: (_known, tag) => bytesPerVersion + 2 * tag.length,
  });
  readonly #readings: Map<string, Reading> = new Map();

  constructor(options: { readonly runtime: Runtime; readonly store: SecondLevel | undefined; readonly boundMs: number }) {
    this.#runtime = options.runtime;
    this.#store = options.store;
    this.#boundMs = options.boundMs;
  }

  /** What this process can say at once about an entry, for a reader who came at `cameAt`. */
  verdict(entry: Entry, cameAt: number): Verdict {
    const since = cameAt - this.#boundMs;
    let verdict: Verdict = 'valid';
    for (const { tag, version } of entry.marks) {
      const known = this.#known.get(tag);
      if (known && known.version !== version && known.asOf >= entry.provenAt) return 'invalid';
      if (known && known.version === version && known.asOf >= since) this.#lookAhead(tag, known, since);
      else if (entry.provenAt < since) verdict = 'unknown';
    }
    return verdict;
  }

  /** Like `verdict`, having asked the second level for what is not known well enough. Never throws. */
  async prove(entry: Entry, cameAt: number): Promise<Verdict> {
    const verdict = this.verdict(entry, cameAt);
    if (verdict !== 'unknown') return verdict;
    await this.learn(
      entry.marks.map(({ tag }) => tag),
      cameAt,
    );
    return this.verdict(entry, cameAt);
  }

  /** Like `prove` for an entry of another process, which may have been made under versions newer than those known here. */
  async proveForeign(entry: Entry, cameAt: number): Promise<Verdict> {
    const verdict = await this.prove(entry, cameAt);
    if (verdict !== 'invalid') return verdict;
    const tags = entry.marks.map(({ tag }) => tag);
    await this.learn(tags, this.#runtime.clock.now() + this.#boundMs);
    return this.verdict(entry, cameAt);
  }

  /** Asks for the tags whose version is not known as of `cameAt - bound`. Never throws: then it stays unknown. */
  async learn(tags: readonly string[], cameAt: number): Promise<void> {
    const since = cameAt - this.#boundMs;
    const missing = tags.filter((tag) => (this.#known.get(tag)?.asOf ?? Number.NEGATIVE_INFINITY) < since);
    if (missing.length > 0) await Promise.all(missing.map((tag) => this.#read(tag, since)));
  }

  /** The marks of an entry whose load begins now. */
  marks(tags: readonly string[], cameAt: number): readonly TagMark[] {
    const since = cameAt - this.#boundMs;
    return tags.map((tag) => {
      const known = this.#known.get(tag);
      return { tag, version: known && known.asOf >= since ? known.version : undefined };
    });
  }

  /** At once in this process, and acknowledged when the second level has it. */
  async invalidate(tags: readonly string[]): Promise<void> {
    const version = newId(this.#runtime);
    for (const tag of tags) this.#learnt(tag, version);
    if (!this.#store) return;
    const word = encoder.encode(version);
    await Promise.all(tags.map((tag) => (this.#store as SecondLevel).set('tag', tag, word, versionTtlMs)));
    // again, so that a reading which began before the acknowledgement cannot bring the old word back
    for (const tag of tags) this.#learnt(tag, version);
  }

  #learnt(tag: string, version: string): void {
    this.#known.set(tag, { version, asOf: this.#store ? this.#runtime.clock.now() : Number.POSITIVE_INFINITY });
  }

  /** Asks again while the answer is still good, so that readers of a busy entry never wait for it. */
  #lookAhead(tag: string, known: Known, since: number): void {
    if (known.asOf < since + this.#boundMs / 2 && !this.#readings.has(tag)) void this.#read(tag, since);
  }

  /** One question per tag at a time; a question asked before `since` does not answer this one. */
  #read(tag: string, since: number): Promise<void> {
    const reading = this.#readings.get(tag);
    if (reading && reading.startedAt >= since) return reading.done;
    const startedAt = this.#runtime.clock.now();
    const done = this.#ask(tag, startedAt).finally(() => {
      if (this.#readings.get(tag)?.done === done) this.#readings.delete(tag);
    });
    this.#readings.set(tag, { startedAt, done });
    return done;
  }

  async #ask(tag: string, startedAt: number): Promise<void> {
    if (!this.#store) {
      this.#learnt(tag, newId(this.#runtime));
      return;
    }
    const version = await this.#current(this.#store, tag).catch(() => undefined);
    const known = this.#known.get(tag);
    if (version !== undefined && (!known || known.asOf < startedAt)) this.#known.set(tag, { version, asOf: startedAt });
  }

  /** A tag without a version gets one, so that "no version" never becomes a version that could come back. */
  async #current(store: SecondLevel, tag: string): Promise<string | undefined> {
    const found = await store.get('tag', tag);
    if (found) return decoder.decode(found);
    const version = newId(this.#runtime);
    if (await store.setIfAbsent('tag', tag, encoder.encode(version), versionTtlMs)) return version;
    const winner = await store.get('tag', tag);
    return winner && decoder.decode(winner);
  }
}
