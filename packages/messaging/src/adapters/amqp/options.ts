import {
  anyOf,
  checkOptions,
  coreError,
  type Duration,
  duration,
  durationMs,
  type KeyValue,
  matching,
  objectWith,
  oneOf,
  type Rule,
  text,
  wholeNumber,
} from '@tutti/core';
import { slotCount } from './names.ts';

/** What is kept for subscriptions that begin later. */
export interface AmqpHistory {
  /** @defaultValue '1d' */
  readonly maxAge?: Duration;
  /** @defaultValue 1,000,000,000 */
  readonly maxBytes?: number;
}

export interface AmqpTransportOptions {
  /** `amqp://user:password@host:port/vhost`, or `amqps://`. */
  readonly url: string;
  /** Begins the name of everything at the broker: buses of one name share their events. Lower case letters, digits, `_` and `-`. @defaultValue 'tutti' */
  readonly name?: string;
  /** How often each side shows that it lives, in whole seconds; after two that are missing the connection is given up. @defaultValue '5s' */
  readonly heartbeat?: Duration;
  /** How long the broker may take to confirm, or to answer. @defaultValue '5s' */
  readonly confirmTimeout?: Duration;
  /** Where identities that were published are remembered. Without it nothing published twice is found. @defaultValue none */
  readonly deduplication?: KeyValue;
  /** How long they are remembered. @defaultValue '1d' */
  readonly deduplicationWindow?: Duration;
  /** A queue of all events, for subscriptions `from: 'beginning'`. Costs one more write for each event; `false` saves it. @defaultValue a day, at most 100 MB */
  readonly history?: false | AmqpHistory;
  /** Queues for each priority of an ordered subscription, and so how many members can work on it at once. At most 16; counts for subscriptions that are new. @defaultValue 4 */
  readonly partitions?: number;
  /** Classic queues keep messages on one node only. @defaultValue 'quorum' */
  readonly queueType?: 'quorum' | 'classic';
  /** Events that may wait in each queue of a subscription; beyond it `append` rejects with MESSAGING_BACKPRESSURE. Counts for queues that are new. @defaultValue unlimited */
  readonly maxBacklog?: number;
}

export const amqpTransportDefaults = {
  name: 'tutti',
  heartbeat: '5s',
  confirmTimeout: '5s',
  deduplicationWindow: '1d',
  partitions: 4,
  queueType: 'quorum',
} as const;

export const amqpHistoryDefaults = { maxAge: '1d', maxBytes: 100_000_000 } as const;

export interface AmqpSettings {
  readonly url: string;
  readonly name: string;
  readonly heartbeatMs: number;
  readonly confirmMs: number;
  readonly deduplication: { readonly store: KeyValue; readonly windowMs: number } | undefined;
  readonly history: false | { readonly maxAgeMs: number; readonly maxBytes: number };
  readonly partitions: number;
  readonly queueType: 'quorum' | 'classic';
  readonly maxBacklog: number | undefined;
}

/** @throws INVALID_OPTIONS naming the path. */
export function resolveAmqpOptions(options: AmqpTransportOptions): AmqpSettings {
  const checked = checkOptions(
    'amqpTransport',
    options,
    {
      required: { url: text },
      optional: {
        name: matching('at most 64 lower case letters, digits, _ and -', /^[a-z\d_-]{1,64}$/),
        heartbeat: duration,
        confirmTimeout: duration,
        deduplication: objectWith('a KeyValue', 'get', 'set'),
        deduplicationWindow: duration,
        history: anyOf(isFalse, objectWith('{ maxAge, maxBytes } or false')),
        partitions: wholeNumber({ min: 1 }),
        queueType: oneOf('quorum', 'classic'),
        maxBacklog: wholeNumber({ min: 1 }),
      },
    },
    amqpTransportDefaults,
  );
  const { url, name, deduplication, partitions, queueType, maxBacklog } = checked;
  if (!/^amqps?:\/\//.test(url) || !URL.canParse(url)) throw invalid('url', 'must be an amqp:// or amqps:// URL');
  if (partitions > slotCount) throw invalid('partitions', `must be at most ${slotCount}, got ${partitions}`);
  const heartbeatMs = durationMs(checked.heartbeat, 'amqpTransport.heartbeat');
  if (heartbeatMs < 1_000) throw invalid('heartbeat', 'must be at least 1s');
  const history = checked.history === false ? false : historyLimits(checked.history);
  const windowMs = durationMs(checked.deduplicationWindow, 'amqpTransport.deduplicationWindow');
  return {
    url,
    name,
    heartbeatMs,
    confirmMs: durationMs(checked.confirmTimeout, 'amqpTransport.confirmTimeout'),
    deduplication: deduplication && { store: deduplication, windowMs },
    history,
    partitions,
    queueType,
    maxBacklog,
  };
}

function historyLimits(history: AmqpHistory | undefined): { readonly maxAgeMs: number; readonly maxBytes: number } {
  const path = 'amqpTransport.history';
  const rules = { optional: { maxAge: duration, maxBytes: wholeNumber({ min: 1_000_000 }) } };
  const { maxAge, maxBytes } = checkOptions(path, history, rules, amqpHistoryDefaults);
  return { maxAgeMs: durationMs(maxAge, `${path}.maxAge`), maxBytes };
}

const isFalse: Rule = (value) => (value === false ? undefined : 'must be false');

const invalid = (path: string, problem: string): Error => coreError('INVALID_OPTIONS', { path: `amqpTransport.${path}`, problem });
