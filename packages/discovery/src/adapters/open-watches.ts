import type { RegistryChange } from '../backend/discovery-backend.ts';

/** Somebody who watches. */
export interface OpenWatch {
  /** Does nothing once the watch is over. */
  tell(change: RegistryChange): void;
  /** It has heard its first snapshot. */
  begun: boolean;
}

/** Those who watch one service: each until its signal is aborted, or all of them until they are ended. */
export class OpenWatches {
  readonly #watches = new Map<OpenWatch, (error?: unknown) => void>();

  get size(): number {
    return this.#watches.size;
  }

  get all(): readonly OpenWatch[] {
    return [...this.#watches.keys()];
  }

  /** Resolves when `signal` is aborted or `endAll` called, and rejects with what `endAll` is given. */
  async add(listener: (change: RegistryChange) => void, signal: AbortSignal, onAdded: (watch: OpenWatch) => void): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const watch: OpenWatch = { begun: false, tell: (change) => void (this.#watches.has(watch) && listener(change)) };
    const onAbort = (): void => {
      this.#watches.delete(watch);
      resolve();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#watches.set(watch, (error) => (error === undefined ? resolve() : reject(error)));
    try {
      onAdded(watch);
      await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#watches.delete(watch);
    }
  }

  /** Whoever has not begun is told by his snapshot. */
  tell(change: RegistryChange): void {
    for (const watch of this.all) if (watch.begun) watch.tell(change);
  }

  endAll(error?: unknown): void {
    for (const end of this.#watches.values()) end(error);
    this.#watches.clear();
  }
}
