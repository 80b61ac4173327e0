import { type Runtime, TuttiError } from '@tutti/core';
import type { PostgresClient, PostgresQuery, PostgresResult } from './pg-client.ts';
import { asUnavailable, endsConnection, unavailable, within } from './postgres-errors.ts';

/**
 * One connection, for one user at a time. Every question has a deadline; where an answer is late or the connection is lost, it is closed, and
 * whoever has it needs another.
 */
export class Connection {
  readonly #client: PostgresClient;
  readonly #store: string;
  readonly #runtime: Runtime;
  readonly #commandMs: number;
  readonly #onLost = new Set<() => void>();
  readonly #fail = (error: unknown): void => this.#lose(error);
  readonly #end = (): void => this.#lose(new Error('the connection was closed'));
  #lost: unknown;
  #released = false;

  constructor(client: PostgresClient, store: string, runtime: Runtime, commandMs: number) {
    this.#client = client;
    this.#store = store;
    this.#runtime = runtime;
    this.#commandMs = commandMs;
    client.on('error', this.#fail); // an emitter without a listener for errors throws them
    client.on('end', this.#end);
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** @throws STORE_UNAVAILABLE when the connection is lost; what the server says of the statement itself is thrown as it is. */
  async ask(query: PostgresQuery): Promise<PostgresResult> {
    if (this.#lost !== undefined) throw unavailable(this.#store, 'the connection is lost', false, this.#lost);
    const late = (): TuttiError => unavailable(this.#store, `no answer within ${this.#commandMs} ms`, true);
    try {
      return await within(this.#runtime.clock, this.#commandMs, this.#client.query(query), late);
    } catch (error) {
      if (!TuttiError.is(error) && !endsConnection(error)) throw error;
      this.#lose(error);
      throw TuttiError.is(error) ? error : asUnavailable(this.#store, error);
    }
  }

  /** Calls back with what another session told through a channel. */
  onNotification(listener: (told: { readonly channel: string; readonly payload?: string }) => void): void {
    this.#client.on('notification', (told) => listener(told as { readonly channel: string; readonly payload?: string }));
  }

  /** Calls back once, as soon as it is lost. */
  onLost(listener: () => void): void {
    this.#onLost.add(listener);
  }

  /** Gives it back to its pool; with `close` it ends, as it does when it was lost. Idempotent. */
  release(close = false): void {
    if (this.#released) return;
    this.#released = true;
    this.#onLost.clear();
    this.#client.off('end', this.#end);
    if (close || this.#lost !== undefined)
      this.#client.release(true); // and its late errors are still heard
    else {
      this.#client.off('error', this.#fail);
      this.#client.release();
    }
  }

  #lose(error: unknown): void {
    if (this.#lost !== undefined) return;
    this.#lost = error ?? new Error('the connection was closed');
    const listeners = [...this.#onLost];
    this.release();
    for (const listener of listeners) listener();
  }
}
