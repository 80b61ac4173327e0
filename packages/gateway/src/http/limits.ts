import { checkOptions, type Duration, duration, wholeNumber } from '@tutti/core';

/** How much and how long the gateway bears. */
export interface GatewayLimits {
  /** Of a request; a longer one is refused with 413. @defaultValue 10 MiB */
  readonly maxBodyBytes?: number;
  /**
   * Of the body of a request that is kept while it is sent, so that it can be sent once more where that does no harm; a longer one is sent once.
   * @defaultValue 64 KiB
   */
  readonly maxReplayBytes?: number;
  /** Of an answer of `handleRequest`, which is held in memory. @defaultValue 16 MiB */
  readonly maxCollectedBytes?: number;
  /** Of the head of a request over HTTP. @defaultValue 16 KiB */
  readonly maxHeaderBytes?: number;
  /** Of the path and query of a request; a longer one is refused with 414. @defaultValue 8 KiB */
  readonly maxTargetBytes?: number;
  /** Headers of a request; more of them are refused with 431. @defaultValue 100 */
  readonly maxHeaders?: number;
  /** Connections of one door; further ones are closed at once. @defaultValue 10,000 */
  readonly maxConnections?: number;
  /**
   * Of them for one client: one IPv4 address, one /64 of IPv6. Trusted proxies may have as many as they like. @defaultValue 1,000
   */
  readonly maxConnectionsPerClient?: number;
  /**
   * Bytes a second that a client must send while only it is waited for, and take while an answer waits for it. A client that sends more
   * slowly is refused with 408, one that takes more slowly loses its connection. 0 lets them be as slow as they like. @defaultValue 240
   */
  readonly minBytesPerSecond?: number;
  /** How long a client may be slower than that. @defaultValue '5s' */
  readonly slowGrace?: Duration;
  /**
   * By how much timers of this thread may be late, at the median, for a second, before the gateway turns away a share of the requests, with
   * 503. Real time, whatever the runtime's clock is. @defaultValue '200ms'
   */
  readonly maxLoopDelay?: Duration;
  /** For the head of a request to arrive. @defaultValue '10s' */
  readonly headersTimeout?: Duration;
  /** For a whole request to arrive. @defaultValue '5m' */
  readonly requestTimeout?: Duration;
  /** How long an unused connection is kept; longer than any load balancer in front keeps its own. @defaultValue '65s' */
  readonly idleTimeout?: Duration;
  /**
   * How long a stopping gateway, which already says that it is not ready, goes on taking connections and answering on them, each answer
   * closing its own: as long as whoever sends requests here needs to notice. Then it closes those that are idle. @defaultValue '250ms'
   */
  readonly lameDuck?: Duration;
  /** How long `stop` then waits for answers under way before it breaks them off. @defaultValue '10s' */
  readonly drainTimeout?: Duration;
}

export const limitDefaults = {
  maxBodyBytes: 10_485_760,
  maxReplayBytes: 65_536,
  maxCollectedBytes: 16_777_216,
  maxHeaderBytes: 16_384,
  maxTargetBytes: 8_192,
  maxHeaders: 100,
  maxConnections: 10_000,
  maxConnectionsPerClient: 1_000,
  minBytesPerSecond: 240,
  slowGrace: '5s',
  maxLoopDelay: '200ms',
  headersTimeout: '10s',
  requestTimeout: '5m',
  idleTimeout: '65s',
  lameDuck: '250ms',
  drainTimeout: '10s',
} as const;

/** @throws INVALID_OPTIONS naming the path. */
export function checkLimits(limits: GatewayLimits | undefined): Required<GatewayLimits> {
  return checkOptions(
    'gateway.limits',
    limits,
    {
      optional: {
        maxBodyBytes: wholeNumber(),
        maxReplayBytes: wholeNumber(),
        maxCollectedBytes: wholeNumber({ min: 1_024 }), // a problem must fit in any case
        maxHeaderBytes: wholeNumber({ min: 1_024 }),
        maxTargetBytes: wholeNumber({ min: 1 }),
        maxHeaders: wholeNumber({ min: 1 }),
        maxConnections: wholeNumber({ min: 1 }),
        maxConnectionsPerClient: wholeNumber({ min: 1 }),
        minBytesPerSecond: wholeNumber(),
        slowGrace: duration,
        maxLoopDelay: duration,
        headersTimeout: duration,
        requestTimeout: duration,
        idleTimeout: duration,
        lameDuck: duration,
        drainTimeout: duration,
      },
    },
    limitDefaults,
  );
}
