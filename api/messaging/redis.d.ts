// @tutti/messaging/redis

import { RedisPlace, redisPlaceDefaults } from '@tutti/core/redis';
import { EventTransport, Inbox, InboxLimits, Retention } from '@tutti/messaging';

export interface RedisInboxOptions extends RedisPlace, InboxLimits {
  readonly name?: string;
}

export interface RedisPlace {
  readonly url?: string;
  readonly nodes?: readonly string[];
  readonly client?: RedisClient;
  readonly connection?: RedisConnection;
  readonly keyPrefix?: string;
  readonly commandTimeout?: Duration;
}

export interface RedisTransportOptions extends RedisPlace {
  readonly name?: string;
  readonly retention?: Retention;
  readonly maxBacklog?: number;
}

export declare function redisInbox(options: RedisInboxOptions): Inbox;

export declare const redisInboxDefaults: {
  readonly keyPrefix: "tutti:";
  readonly commandTimeout: "2s";
  readonly name: "inbox";
  readonly maxEvents: 100000;
  readonly maxAge: "7d";
};

export declare const redisRetentionDefaults: {
  readonly maxEvents: 100000;
  readonly maxAge: "1d";
};

export declare function redisTransport(options: RedisTransportOptions): EventTransport;

export declare const redisTransportDefaults: typeof redisPlaceDefaults & {
  readonly name: string;
};
