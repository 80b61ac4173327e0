import {
  type Backoff,
  callable,
  checkOptions,
  type Duration,
  duration,
  type EndpointRegistry,
  type EndpointSource,
  exponential,
  objectWith,
  type Runtime,
  wholeNumber,
} from '@tutti/core';
import type { Connect } from './endpoint-connections.ts';
import type { ConnectionOptions } from './undici-connections.ts';

export interface MeshOptions {
  /** Where the endpoints of services come from: a ServiceDiscovery. */
  readonly endpoints: EndpointSource;
  /** Where `registerEndpoint` writes: usually the same ServiceDiscovery. */
  readonly registry: EndpointRegistry;
  readonly runtime?: Runtime;
  /** How long a call may take in all, every try included; an earlier deadline of the caller holds. @defaultValue '30s' */
  readonly timeout?: Duration;
  /** How often a call is tried, on which delay between tries. @defaultValue three tries, full jitter from 25 ms */
  readonly retry?: { readonly maxAttempts?: number; readonly backoff?: Backoff };
  readonly connections?: ConnectionOptions;
  /** How long an endpoint is avoided after a connection to it failed; doubles up to 30 s while it goes on. @defaultValue '1s' */
  readonly coolDown?: Duration;
  /** A larger answer of `call` is refused. Leases are not limited. @defaultValue 16 MiB */
  readonly maxResponseBytes?: number;
  /** How long `stop` waits for leases that are out before it breaks their connections. @defaultValue '10s' */
  readonly drainTimeout?: Duration;
  /** Makes the connections to an endpoint, in place of the built-in HTTP/1.1 pools. */
  readonly connect?: Connect;
}

export const meshDefaults = { timeout: '30s', coolDown: '1s', maxResponseBytes: 16_777_216, drainTimeout: '10s' } as const;
export const meshRetryDefaults = { maxAttempts: 3 } as const;

export type CheckedMeshOptions = MeshOptions &
  Required<Pick<MeshOptions, keyof typeof meshDefaults>> & { readonly retry: { readonly maxAttempts: number; readonly backoff: Backoff } };

/** @throws INVALID_OPTIONS naming the path. */
export function checkMeshOptions(options: MeshOptions): CheckedMeshOptions {
  const checked = checkOptions(
    'mesh',
    options,
    {
      required: {
        endpoints: objectWith('an EndpointSource', 'watchEndpoints'),
        registry: objectWith('an EndpointRegistry', 'register', 'drain', 'deregister'),
      },
      optional: {
        runtime: objectWith('a Runtime', 'clock'),
        timeout: duration,
        retry: objectWith('an object'),
        connections: objectWith('an object'),
        coolDown: duration,
        maxResponseBytes: wholeNumber({ min: 1 }),
        drainTimeout: duration,
        connect: callable,
      },
    },
    meshDefaults,
  );
  const rules = { maxAttempts: wholeNumber({ min: 1 }), backoff: objectWith('a Backoff', 'delayMs') };
  const retry = checkOptions('mesh.retry', checked.retry, { optional: rules }, meshRetryDefaults);
  return { ...checked, retry: { ...retry, backoff: retry.backoff ?? exponential({ initial: '25ms', max: '1s', jitter: 1 }) } };
}
