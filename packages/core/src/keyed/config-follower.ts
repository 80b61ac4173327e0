import type { ConfigEntry } from '../ports/config-store.ts';
import { type Repeating, repeat } from '../runtime/repeat.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { checkConfigArguments } from './config-entries.ts';
import { ConfigWatches } from './config-watches.ts';

export interface ConfigSource {
  readonly name: string;
  /** How often the store is looked at without having rung. */
  readonly lookEveryMs: number;
  /** The current entries of these keys where they are newer than the given revision. */
  newer(revisions: Readonly<Record<string, number>>): Promise<readonly ConfigEntry[]>;
  /** Calls back when something may have been written, also without need. Returns what ends it. */
  onRing(ring: () => void): () => void;
}

/**
 * Tells watches what is in a store of others. The store's ring only says when to look, and looking now and then makes up for rings that were lost and
 * for looks that failed. Costs nothing while nobody watches.
 */
export function followConfig(source: ConfigSource, runtime: Runtime): (key: string, listener: (entry: ConfigEntry) => void) => () => void {
  const watches = new ConfigWatches(runtime.logger);
  let loop: Repeating | undefined;
  let unring: (() => void) | undefined;

  async function look(): Promise<void> {
    for (const entry of await source.newer(watches.heard())) watches.tell(entry);
  }
  function begin(): void {
    unring = source.onRing(() => loop?.trigger());
    loop = repeat(runtime, { name: `watching ${source.name}`, intervalMs: source.lookEveryMs, jitter: 0.1 }, look);
  }
  function end(): void {
    unring?.();
    void loop?.stop();
    loop = undefined;
    unring = undefined;
  }
  return (key, listener) => {
    checkConfigArguments({ key });
    if (!loop) begin();
    const off = watches.add(key, listener);
    loop?.trigger();
    return () => {
      off();
      if (watches.size === 0) end();
    };
  };
}
