import { Call, compose, type Handler, type Health, messageOf, type Repeating, type Runtime, repeat, timeout } from '@tutti/core';
import { afterAnswer, noVerdict, type Thresholds } from './verdict.ts';

export interface ProbeSettings extends Thresholds {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly jitter: number;
}

/**
 * Targets that were registered together are first asked within this time, at random: soon enough for somebody who waits
 * for an instance to come up, and not all at once.
 */
const firstWithinMs = 1_000;

/** One target and everybody who wants to know how it is. Asked for as long as somebody does. */
export class ProbeTarget {
  readonly #runtime: Runtime;
  readonly #settings: ProbeSettings;
  readonly #ask: Handler<void, void>;
  readonly #listeners = new Set<(health: Health) => void>();
  readonly #loop: Repeating;
  #verdict = noVerdict;
  #health: Health | undefined;
  #call: Call | undefined;
  #ended = false;

  constructor(name: string, ask: Handler<void, void>, settings: ProbeSettings, runtime: Runtime) {
    this.#runtime = runtime;
    this.#settings = settings;
    this.#ask = compose(ask, [timeout({ operation: `the health check of ${name}`, timeout: `${settings.timeoutMs}ms` })]);
    let asked = false;
    const intervalMs = (): number => {
      if (asked) return settings.intervalMs;
      asked = true;
      return Math.min(firstWithinMs, settings.intervalMs) * runtime.random();
    };
    this.#loop = repeat(runtime, { name: `the health check of ${name}`, intervalMs, jitter: settings.jitter }, () => this.#turn());
  }

  /** Says what is known, if anything, and then every change. */
  add(listener: (health: Health) => void): void {
    this.#listeners.add(listener);
    if (this.#health) listener(this.#health);
  }

  /** Whether somebody is left. */
  delete(listener: (health: Health) => void): boolean {
    this.#listeners.delete(listener);
    return this.#listeners.size > 0;
  }

  async end(): Promise<void> {
    this.#ended = true;
    this.#call?.cancel();
    await this.#loop.stop();
  }

  async #turn(): Promise<void> {
    const call = Call.root({ runtime: this.#runtime });
    this.#call = call;
    try {
      await this.#ask(undefined, call);
      this.#answered(true);
    } catch (error) {
      this.#answered(false, messageOf(error));
    }
  }

  #answered(well: boolean, problem?: string): void {
    if (this.#ended) return;
    const before = this.#verdict.healthy;
    this.#verdict = afterAnswer(this.#verdict, well, this.#settings);
    if (this.#verdict.healthy === before) return;
    const health: Health = this.#verdict.healthy
      ? { status: 'healthy' }
      : { status: 'unhealthy', ...(problem !== undefined && { reason: problem }) };
    this.#health = health;
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener(health);
  }
}
