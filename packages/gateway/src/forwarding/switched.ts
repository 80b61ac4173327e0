import type { Duplex } from 'node:stream';
import type { Clock } from '@tutti/core';
import type { IncomingRequest } from '../http/exchange.ts';
import { Tunnel } from './tunnel.ts';

export interface SwitchedOptions {
  /** The Upgrade header of the service's 101. */
  readonly offered: string | readonly string[] | undefined;
  /** The other headers of it, as name, value, name, value. */
  readonly headers: readonly string[];
  readonly clock: Clock;
  readonly idleMs: number;
}

/** Joins the client with a service that has switched; undefined when it did not switch to what the client asked for. */
export function switched(
  { upgrade }: IncomingRequest,
  service: Duplex,
  { offered, headers, clock, idleMs }: SwitchedOptions,
): Tunnel | undefined {
  if (!upgrade || typeof offered !== 'string' || offered.toLowerCase() !== upgrade.protocol.toLowerCase()) return undefined;
  const client = upgrade.accept(['connection', 'Upgrade', 'upgrade', offered, ...headers]);
  return new Tunnel({ client, service, clock, idleMs });
}
