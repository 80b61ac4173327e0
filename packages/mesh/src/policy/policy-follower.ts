import { type ConfigStore, type Logger, messageOf } from '@tutti/core';

/** What came of the latest value in the store. */
export interface PolicyState {
  /** Of the policy that holds; 0 for the one of the options. */
  readonly revision: number;
  /** Why a later one is not followed. */
  readonly refused?: { readonly revision: number; readonly problem: string };
}

/** Follows the policy in a ConfigStore. One that is wrong is refused whole, and the last good one stays. */
export class PolicyFollower {
  readonly #store: ConfigStore;
  readonly #key: string;
  readonly #apply: (value: unknown) => void;
  readonly #logger: Logger;
  #state: PolicyState = { revision: 0 };
  #unwatch: (() => void) | undefined = undefined;

  /** @param apply Throws when the value is no policy; then nothing has changed. */
  constructor(store: ConfigStore, key: string, apply: (value: unknown) => void, logger: Logger) {
    this.#store = store;
    this.#key = key;
    this.#apply = apply;
    this.#logger = logger;
  }

  get state(): PolicyState {
    return this.#state;
  }

  start(): void {
    this.#unwatch = this.#store.watch(this.#key, ({ value, revision }) => {
      try {
        this.#apply(value ?? {});
        this.#state = { revision };
      } catch (error) {
        this.#state = { revision: this.#state.revision, refused: { revision, problem: messageOf(error) } };
        this.#logger.log('error', 'the policy in the store is refused; the last good one stays', { key: this.#key, revision, error });
      }
    });
  }

  stop(): void {
    this.#unwatch?.();
  }
}
