import type { Settings } from './cache-options.ts';
import type { Codec } from './codec.ts';
import { type Entry, ends, type Lifetime, type TagMark } from './entry.ts';
import { type Envelope, seal, unseal } from './envelope.ts';
import type { SecondLevel } from './second-level.ts';

/** An entry just made, and how it goes into the second level. */
export interface Made {
  readonly entry: Entry;
  readonly life: Lifetime;
  readonly sealed: Uint8Array;
}

/** Whether other processes could ever find it valid. */
export function isProvable({ entry }: Made): boolean {
  return entry.marks.every(({ version }) => version !== undefined);
}

/** Makes entries of values, and values of entries. */
export class Shelf {
  readonly #settings: Settings;
  readonly #codec: Codec;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#codec = settings.codec;
  }

  /** @throws INVALID_DATA from the codec for a value that cannot be kept. */
  make(
    value: unknown,
    from: { readonly ttlMs: number; readonly beganAt: number; readonly loadMs: number; readonly marks: readonly TagMark[] },
  ): Made {
    const { clock, random } = this.#settings.runtime;
    const { staleMs, fallbackMs, negativeTtlMs, jitter } = this.#settings;
    const absent = value === undefined || value === null;
    const freshMs = (absent ? negativeTtlMs : from.ttlMs) * (1 - jitter * random());
    const life: Lifetime = absent ? { freshMs, staleMs: 0, fallbackMs: 0 } : { freshMs, staleMs, fallbackMs };
    const content = absent ? (value === null ? 'null' : 'undefined') : this.#codec.encode(value);
    const { loadMs, marks } = from;
    const entry: Entry = {
      held: this.#held(content),
      provenAt: from.beganAt,
      ...ends(clock.now(), life),
      retryAt: Number.NEGATIVE_INFINITY,
      loadMs,
      marks,
    };
    return { entry, life, sealed: seal({ writtenAt: clock.epoch(), life, loadMs, marks, content }) };
  }

  /** What a reader gets. */
  open({ held }: Entry): unknown {
    return 'bytes' in held ? this.#codec.decode(held.bytes) : held.value;
  }

  /** Undefined where there is nothing, or something that this version of the program cannot read. */
  async find(store: SecondLevel, key: string): Promise<Entry | undefined> {
    const sealed = await store.get('entry', key);
    if (!sealed) return undefined;
    try {
      const envelope = unseal(sealed);
      return envelope && this.#entryOf(envelope);
    } catch {
      return undefined; // written by another program, or by another codec of this one
    }
  }

  /** What may outlive nothing is not written. */
  async keep(store: SecondLevel, key: string, { life, sealed }: Made): Promise<void> {
    const ttlMs = Math.ceil(life.freshMs + Math.max(life.staleMs, life.fallbackMs));
    if (ttlMs > 0) await store.set('entry', key, sealed, ttlMs);
  }

  #entryOf({ writtenAt, life, loadMs, marks, content }: Envelope): Entry {
    const { clock } = this.#settings.runtime;
    const age = Math.max(0, clock.epoch() - writtenAt);
    return {
      held: this.#held(content),
      provenAt: Number.NEGATIVE_INFINITY,
      ...ends(clock.now() - age, life),
      retryAt: Number.NEGATIVE_INFINITY,
      loadMs,
      marks,
    };
  }

  #held(content: Envelope['content']): Entry['held'] {
    if (typeof content === 'string') return { value: content === 'null' ? null : undefined };
    if (this.#codec.immutable) return { value: this.#codec.decode(content) };
    this.#codec.decode(content); // bytes of somebody else are found out here, not by a reader
    return { bytes: content.slice() };
  }
}
