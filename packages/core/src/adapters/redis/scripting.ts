/** A Lua script with its number of keys; what it may be called with. */
export interface RedisScript {
  readonly name: string;
  readonly lua: string;
}

/** The part of a connection that the limiter and the config store use: one key a script, so that they work in a cluster. */
export interface RedisScripting {
  /** @throws STORE_UNAVAILABLE when the server does not answer. */
  run(script: RedisScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  /** Calls back for each message of a channel, and once whenever messages may have been lost. */
  subscribe(channel: string, listener: () => void): () => void;
}
