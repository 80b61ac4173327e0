import { newId } from '../runtime/id.ts';
import { type Repeating, repeat } from '../runtime/repeat.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { SecondLevel } from './second-level.ts';

/** The right to load a key, until released or until its holder has been silent for the time of the lock. */
export interface HeldLock {
  release(): Promise<void>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * One load at a time in all processes. It saves work and guards nothing: when a holder stands still for longer than the
 * time of the lock another takes over and both load, and what either leaves behind is right.
 */
export class LoadLock {
  readonly #runtime: Runtime;
  readonly #store: SecondLevel;
  readonly #ttlMs: number;

  constructor(options: { readonly runtime: Runtime; readonly store: SecondLevel; readonly ttlMs: number }) {
    this.#runtime = options.runtime;
    this.#store = options.store;
    this.#ttlMs = options.ttlMs;
  }

  /** Undefined while somebody else holds it. Throws when the store cannot be asked. */
  async tryTake(key: string): Promise<HeldLock | undefined> {
    const owner = newId(this.#runtime);
    const word = encoder.encode(owner);
    if (!(await this.#store.setIfAbsent('lock', key, word, this.#ttlMs))) return undefined;
    const renewing = this.#renew(key, owner, word);
    return {
      release: async () => {
        await renewing.stop();
        // unreachable or taken over: it runs out by itself
        if (await this.#isOwner(key, owner)) await this.#store.delete('lock', key).catch(() => undefined);
      },
    };
  }

  #renew(key: string, owner: string, word: Uint8Array): Repeating {
    return repeat(this.#runtime, { name: `the lock of the load of ${key}`, intervalMs: this.#ttlMs / 3 }, async () => {
      if (await this.#isOwner(key, owner)) await this.#store.set('lock', key, word, this.#ttlMs).catch(() => undefined);
    });
  }

  async #isOwner(key: string, owner: string): Promise<boolean> {
    const holder = await this.#store.get('lock', key).catch(() => undefined);
    return holder !== undefined && decoder.decode(holder) === owner;
  }
}
