import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import type { PostgresQuery, PostgresResult } from './pg-client.ts';

/** A connection that is kept for one purpose, and made anew when it is needed and lost. */
export class Session {
  readonly #connections: Connections;
  readonly #setUp: string;
  #connection: Connection | undefined;

  /** @param setUp Said first on every connection. */
  constructor(connections: Connections, setUp: string) {
    this.#connections = connections;
    this.#setUp = setUp;
  }

  /** False when the last question could not even be sent. */
  get isUp(): boolean {
    return this.#connection !== undefined;
  }

  /** One question at a time. @throws STORE_UNAVAILABLE; what the server says of the statement itself is thrown as it is */
  async ask(query: PostgresQuery): Promise<PostgresResult> {
    if (this.#connection?.isLost) this.#connection = undefined;
    this.#connection ??= await this.#open();
    return this.#connection.ask(query);
  }

  /** It is not given back to its pool, but closed: what was set up is not for others. */
  close(): void {
    this.#connection?.release(true);
    this.#connection = undefined;
  }

  async #open(): Promise<Connection> {
    const connection = await this.#connections.connect();
    try {
      await connection.ask({ text: this.#setUp });
      return connection;
    } catch (error) {
      connection.release(true);
      throw error;
    }
  }
}
