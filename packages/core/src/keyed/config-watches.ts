import type { ConfigEntry } from '../ports/config-store.ts';
import type { Logger } from '../runtime/logger.ts';

interface Watch {
  readonly listener: (entry: ConfigEntry) => void;
  /** The revision it heard last; 0 before the first. */
  told: number;
}

/** Who watches which key. Tells each watch rising revisions only, so that it does not matter in which order entries were read. */
export class ConfigWatches {
  readonly #watches = new Map<string, Set<Watch>>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get size(): number {
    return this.#watches.size;
  }

  add(key: string, listener: (entry: ConfigEntry) => void): () => void {
    const watch: Watch = { listener, told: 0 };
    const ofKey = this.#watches.get(key) ?? new Set();
    this.#watches.set(key, ofKey.add(watch));
    return () => {
      if (ofKey.delete(watch) && ofKey.size === 0) this.#watches.delete(key);
    };
  }

  /** By key, the revision that every watch of it has heard: only what is newer matters to anybody. */
  heard(): Readonly<Record<string, number>> {
    return Object.fromEntries(Array.from(this.#watches, ([key, ofKey]) => [key, Math.min(...Array.from(ofKey, ({ told }) => told))]));
  }

  tell(entry: ConfigEntry): void {
    for (const watch of this.#watches.get(entry.key) ?? []) {
      if (watch.told >= entry.revision) continue;
      watch.told = entry.revision;
      this.#call(watch, entry);
    }
  }

  #call({ listener }: Watch, entry: ConfigEntry): void {
    const { key, revision } = entry;
    const failed = (error: unknown): void =>
      this.#logger.log('error', 'a listener to configuration failed; it goes on with the next entry', { key, revision, error });
    try {
      // an async function is a listener too, and its rejection would end the process
      const outcome: unknown = listener(entry);
      if (outcome instanceof Promise) outcome.catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}
