import { type ConfigEntry, type ConfigStore, type Health, type Logger, messageOf } from '@tutti/core';
import type { RouteRule } from './route-rule.ts';

/** What came of the latest value in the store. */
export interface RoutesState {
  /** Of the routes that hold; 0 for those that were set in the process. */
  readonly revision: number;
  /** Why a later one is not followed. */
  readonly refused?: { readonly revision: number; readonly problem: string };
}

export interface RouteFollowerOptions {
  readonly store: ConfigStore;
  readonly key: string;
  /** Throws when the value is no set of routes; then nothing has changed. */
  readonly apply: (rules: readonly RouteRule[]) => void;
  readonly logger: Logger;
}

/** Follows the routes in a ConfigStore. A set that is wrong anywhere is refused whole, and the last good one stays. */
export class RouteFollower {
  readonly #options: RouteFollowerOptions;
  #state: RoutesState = { revision: 0 };
  #heard = 0;
  #unwatch: (() => void) | undefined = undefined;

  constructor(options: RouteFollowerOptions) {
    this.#options = options;
  }

  get state(): RoutesState {
    return this.#state;
  }

  get health(): Health {
    const { revision, refused } = this.#state;
    if (!refused) return { status: 'healthy' };
    return {
      status: 'degraded',
      reason: `routes of revision ${refused.revision} are refused, those of ${revision} hold: ${refused.problem}`,
    };
  }

  /**
   * Follows from the current value on, which is in force when this resolves.
   * @throws INVALID_OPTIONS when it is wrong: there is no last good one yet. What the store throws when it is away.
   */
  async start(): Promise<void> {
    const { store, key } = this.#options;
    const first = await store.get(key);
    if (first) {
      this.#apply(first);
      this.#heard = first.revision;
    }
    this.#unwatch = store.watch(key, (entry) => this.#hear(entry));
  }

  stop(): void {
    this.#unwatch?.();
  }

  #hear(entry: ConfigEntry): void {
    if (entry.revision <= this.#heard) return;
    this.#heard = entry.revision;
    const { logger, key } = this.#options;
    try {
      this.#apply(entry);
      logger.log('info', 'other routes are in force', { key, revision: entry.revision, actor: entry.actor });
    } catch (error) {
      const { revision } = entry;
      this.#state = { revision: this.#state.revision, refused: { revision, problem: messageOf(error) } };
      logger.log('error', 'the routes in the store are refused; the last good ones stay', { key, revision, error });
    }
  }

  #apply({ value, revision }: ConfigEntry): void {
    this.#options.apply((value ?? []) as readonly RouteRule[]); // checked there
    this.#state = { revision };
  }
}
