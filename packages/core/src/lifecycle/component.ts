import { coreError } from '../errors/core-errors.ts';
import { messageOf } from '../errors/message-of.ts';
import { defaultRuntime } from '../runtime/runtime.ts';
import type { Health } from './health.ts';
import { type Observable, observers } from './observers.ts';

export type ComponentState = 'idle' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';

/** What every component tells. */
export interface ComponentEvents {
  readonly state: { readonly from: ComponentState; readonly to: ComponentState };
}

/**
 * The one life of everything that runs. `start` and `stop` are idempotent and shared: callers at the same time get the
 * same promise. `stop` never throws for a component that is not running. A stopped component stays stopped; one whose
 * start failed may be started again.
 */
export interface Component extends AsyncDisposable, Observable<ComponentEvents> {
  readonly name: string;
  readonly state: ComponentState;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Never throws: a probe that fails is an unhealthy component. */
  health(): Promise<Health>;
}

/** What a part itself knows how to do; the states are kept for it. */
export interface Hooks {
  /** Must leave nothing behind that `close` cannot clear, also when it throws. */
  open?(): Promise<void> | void;
  /** Is called after `open`, also when that threw half-way. */
  close?(): Promise<void> | void;
  probe?(): Promise<Health> | Health;
}

/** Turns hooks into a component. */
export function component(name: string, hooks: Hooks): Component {
  return new Life(name, hooks);
}

class Life implements Component {
  readonly name: string;
  readonly on: Component['on'];
  readonly #hooks: Hooks;
  readonly #observers = observers<ComponentEvents>(defaultRuntime.logger);
  #state: ComponentState = 'idle';
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(name: string, hooks: Hooks) {
    this.name = name;
    this.on = this.#observers.on;
    this.#hooks = hooks;
  }

  get state(): ComponentState {
    return this.#state;
  }

  start(): Promise<void> {
    if (this.#state === 'stopping' || this.#state === 'stopped') {
      return Promise.reject(coreError('NOT_RUNNING', { component: this.name, state: `${this.#state} for good; make a new one and` }));
    }
    this.#starting ??= this.#open();
    return this.#starting;
  }

  async #open(): Promise<void> {
    this.#enter('starting');
    try {
      await this.#hooks.open?.();
      if (!this.#stopping) this.#enter('running');
    } catch (error) {
      await this.#closeQuietly();
      this.#starting = undefined;
      this.#enter('failed');
      throw error;
    }
  }

  /** The failure of the start is what the caller must see; clearing up after it may fail for the same cause. */
  async #closeQuietly(): Promise<void> {
    try {
      await this.#hooks.close?.();
    } catch {
      // the start's own failure says it
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#close();
    return this.#stopping;
  }

  async #close(): Promise<void> {
    const starting = this.#starting;
    if (!starting) {
      this.#enter('stopped');
      return;
    }
    if (this.#state === 'running') this.#enter('stopping');
    const opened = await starting.then(
      () => true,
      () => false,
    );
    if (opened && this.#state !== 'stopping') this.#enter('stopping');
    try {
      if (opened) await this.#hooks.close?.();
    } finally {
      this.#enter('stopped');
    }
  }

  #enter(to: ComponentState): void {
    const from = this.#state;
    this.#state = to;
    this.#observers.emit('state', { from, to });
  }

  async health(): Promise<Health> {
    if (this.#state !== 'running') return { status: 'unhealthy', reason: `${this.name} is ${this.#state}` };
    try {
      return (await this.#hooks.probe?.()) ?? { status: 'healthy' };
    } catch (error) {
      return { status: 'unhealthy', reason: messageOf(error) };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
