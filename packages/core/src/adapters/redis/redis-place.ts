import { coreError } from '../../errors/core-errors.ts';
import type { OptionRules } from '../../options/check-options.ts';
import { type Duration, durationMs } from '../../options/duration.ts';
import { duration, objectWith, text } from '../../options/rules.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { RedisClient } from './redis-client.ts';
import { type RedisConnection, redisConnection } from './redis-connection.ts';

/** Where the server is. One of `url`, `nodes`, `client` and `connection`. */
export interface RedisPlace {
  /** One server: `redis://user:password@host:port/database`, or `rediss://`. */
  readonly url?: string;
  /** Some nodes of a Redis Cluster, as URLs. */
  readonly nodes?: readonly string[];
  /** A client of the host's, which stays the host's; duplicates of it wait for events. */
  readonly client?: RedisClient;
  /** A connection of the caller's, who starts it before and stops it after. Its `keyPrefix` counts. */
  readonly connection?: RedisConnection;
  /** Begins every key. @defaultValue 'tutti:' */
  readonly keyPrefix?: string;
  /** How long an answer may take. @defaultValue '2s' */
  readonly commandTimeout?: Duration;
}

export const redisPlaceDefaults = { keyPrefix: 'tutti:', commandTimeout: '2s' } as const;

export const redisPlaceRules: OptionRules<RedisPlace>['optional'] & object = {
  url: text,
  nodes: objectWith('an array of URLs', 'length'),
  client: objectWith('an ioredis client', 'callBuffer', 'status', 'duplicate'),
  connection: objectWith('a RedisConnection', 'script', 'command', 'keyPrefix', 'reader'),
  keyPrefix: text,
  commandTimeout: duration,
};

/** The connection to a place: that of the caller, or one of our own, which is started and stopped here. */
export class PlacedConnection {
  readonly name: string;
  readonly keyPrefix: string;
  readonly commandMs: number;
  readonly #place: RedisPlace & Required<Pick<RedisPlace, keyof typeof redisPlaceDefaults>>;

  /** @throws INVALID_OPTIONS naming the path. */
  constructor(path: string, place: RedisPlace & Required<Pick<RedisPlace, keyof typeof redisPlaceDefaults>>) {
    const { url, nodes, client, connection, keyPrefix, commandTimeout } = place;
    if ([url, nodes, client, connection].filter((one) => one !== undefined).length !== 1)
      throw coreError('INVALID_OPTIONS', { path, problem: 'must have one of url, nodes, client and connection' });
    this.#place = place;
    this.keyPrefix = connection?.keyPrefix ?? keyPrefix;
    this.commandMs = durationMs(commandTimeout, `${path}.commandTimeout`);
    this.name = this.#make().name;
  }

  async open(runtime: Runtime): Promise<RedisConnection> {
    const connection = this.#make(runtime);
    if (connection !== this.#place.connection) await connection.start();
    return connection;
  }

  async close(connection: RedisConnection): Promise<void> {
    if (connection !== this.#place.connection) await connection.stop();
  }

  /** Whether the server throws keys away is asked by whoever keeps something there. */
  #make(runtime?: Runtime): RedisConnection {
    const { url, nodes, client, connection, keyPrefix, commandTimeout } = this.#place;
    return (
      connection ??
      redisConnection({
        ...(url !== undefined && { url }),
        ...(nodes && { nodes }),
        ...(client && { client }),
        keyPrefix,
        commandTimeout,
        eviction: 'accept',
        ...(runtime && { runtime }),
      })
    );
  }
}
