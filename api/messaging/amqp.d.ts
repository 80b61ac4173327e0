// @tutti/messaging/amqp

import { Duration, KeyValue } from '@tutti/core';
import { EventTransport } from '@tutti/messaging';

export interface AmqpHistory {
  readonly maxAge?: Duration;
  readonly maxBytes?: number;
}

export interface AmqpTransportOptions {
  readonly url: string;
  readonly name?: string;
  readonly heartbeat?: Duration;
  readonly confirmTimeout?: Duration;
  readonly deduplication?: KeyValue;
  readonly deduplicationWindow?: Duration;
  readonly history?: false | AmqpHistory;
  readonly partitions?: number;
  readonly queueType?: 'quorum' | 'classic';
  readonly maxBacklog?: number;
}

export declare const amqpHistoryDefaults: {
  readonly maxAge: "1d";
  readonly maxBytes: 100000000;
};

export declare function amqpTransport(options: AmqpTransportOptions): EventTransport;

export declare const amqpTransportDefaults: {
  readonly name: "tutti";
  readonly heartbeat: "5s";
  readonly confirmTimeout: "5s";
  readonly deduplicationWindow: "1d";
  readonly partitions: 4;
  readonly queueType: "quorum";
};

export declare function removeAmqpBus(options: Pick<AmqpTransportOptions, 'url' | 'name'>): Promise<void>;
