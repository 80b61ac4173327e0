import { checkOptions, type Duration, duration, wholeNumber } from '@tutti/core';

/** How much and how long the gateway bears. */
export interface GatewayLimits {
  /** Of a request; a longer one is refused with 413. @defaultValue 10 MiB */
  readonly maxBodyBytes?: number;
  /** Of an answer of `handleRequest`, which is held in memory. @defaultValue 16 MiB */
  readonly maxCollectedBytes?: number;
  /** Of the head of a request over HTTP. @defaultValue 16 KiB */
  readonly maxHeaderBytes?: number;
  /** For the head of a request to arrive. @defaultValue '10s' */
  readonly headersTimeout?: Duration;
  /** For a whole request to arrive. @defaultValue '5m' */
  readonly requestTimeout?: Duration;
  /** How long an unused connection is kept; longer than any load balancer in front keeps its own. @defaultValue '65s' */
  readonly idleTimeout?: Duration;
  /**
   * How long a stopping gateway goes on answering on open connections, each answer closing its own, before it closes
   * those that are idle. Not kept when no connection is open. @defaultValue '250ms'
   */
  readonly lameDuck?: Duration;
  /** How long `stop` then waits for answers under way before it breaks them off. @defaultValue '10s' */
  readonly drainTimeout?: Duration;
}

export const limitDefaults = {
  maxBodyBytes: 10_485_760,
  maxCollectedBytes: 16_777_216,
  maxHeaderBytes: 16_384,
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
        maxCollectedBytes: wholeNumber({ min: 1_024 }), // a problem must fit in any case
        maxHeaderBytes: wholeNumber({ min: 1_024 }),
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
