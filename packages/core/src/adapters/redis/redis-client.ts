import { accessOf } from './redis-address.ts';

/** A reply as ioredis gives it when asked for buffers. */
export type RedisReply = Buffer | number | null | readonly RedisReply[];
export type RedisArgument = string | number | Uint8Array;

/** The part of an ioredis client, or of an ioredis Cluster, that is used; ioredis 5 and 6 fit. */
export interface RedisClient {
  readonly status: string;
  readonly isCluster?: boolean;
  connect(): Promise<unknown>;
  /** With true it connects again by itself. */
  disconnect(reconnect?: boolean): void;
  callBuffer(command: string, ...args: RedisArgument[]): Promise<unknown>;
  on(event: string, listener: (...told: unknown[]) => void): unknown;
  off(event: string, listener: (...told: unknown[]) => void): unknown;
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  /** Another one to the same place. */
  duplicate(): RedisClient;
  /** Clients of the single nodes of a cluster. */
  nodes?(): readonly RedisClient[];
}

/** What a client that we open is made of. */
export interface RedisAddress {
  /** `redis://` or `rediss://`, with user, password and database, for one server. */
  readonly url?: string;
  /** The addresses of some nodes of a Redis Cluster. */
  readonly nodes?: readonly string[];
}

/**
 * Opens nothing yet. A command is never kept for later and never sent twice: while there is no connection it fails at once, and
 * when the connection is lost before the answer it fails too, because nobody knows whether it was done.
 */
export async function openClient({ url, nodes }: RedisAddress, reconnectMs: (attempt: number) => number): Promise<RedisClient> {
  const { Cluster, Redis } = await import('ioredis');
  const common = { maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false, connectTimeout: 5_000, disconnectTimeout: 500 } as const;
  if (nodes) {
    return new Cluster([...nodes], {
      lazyConnect: true,
      enableOfflineQueue: true, // for nodes that are being connected: a cluster that is not ready is asked nothing
      clusterRetryStrategy: reconnectMs,
      slotsRefreshTimeout: 3_000,
      retryDelayOnFailover: 0, // else a command whose connection was lost is sent again
      redisOptions: { ...common, ...accessOf(nodes[0] as string) },
    }) as unknown as RedisClient;
  }
  return new Redis(url ?? 'redis://127.0.0.1:6379', {
    ...common,
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy: reconnectMs,
  }) as unknown as RedisClient;
}
