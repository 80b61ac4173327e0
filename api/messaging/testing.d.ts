// @tutti/messaging/testing

import { CloudEvent, Runtime, Statement } from '@tutti/core';
import { Law } from '@tutti/core/testing';
import { EncodedEvent, EventTransport, EventTransportCapabilities, Inbox } from '@tutti/messaging';

export interface EventTransportSubject {
  member(): EventTransport;
  readonly runtime: Runtime;
  readonly leaseMs: number;
  pass(ms: number): Promise<void>;
  restart?(): Promise<void>;
  commit?(statements: readonly Statement[]): Promise<void>;
  inject(type: string, text: string): Promise<void>;
  interrupt?(ms: number): Promise<void>;
  dispose?(): Promise<void>;
}

export type InboxCapabilities = Pick<Inbox, 'durable' | 'transactional'>;

export interface InboxSubject {
  member(): Inbox;
  readonly runtime: Runtime;
  readonly maxEvents: number;
  readonly maxAgeMs: number;
  pass(ms: number): Promise<void>;
  restart?(): Promise<void>;
  effect?(name: string): readonly Statement[];
  effects?(): Promise<readonly string[]>;
}

export declare const eventTransportLaws: readonly Law<EventTransportSubject, EventTransportCapabilities>[];

export declare const inboxLaws: readonly Law<InboxSubject, InboxCapabilities>[];

export declare const patternCases: readonly (readonly [
  pattern: string,
  type: string,
  matches: boolean
])[];

export declare function testEvent(id: string, fields?: Partial<CloudEvent>): EncodedEvent;
