import type { IncomingRequest } from '../http/exchange.ts';

/**
 * How many more hands an OPTIONS request may go through; at 0 whoever has it answers (RFC 9110, section 7.6.2). Undefined when it does not
 * say, and for other methods, for which it means nothing.
 */
export function forwardsLeft({ method, headers }: IncomingRequest): number | undefined {
  if (method !== 'OPTIONS') return undefined;
  const value = headers.single('max-forwards');
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}
