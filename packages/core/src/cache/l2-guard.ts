import type { AnyLayer } from '../handler/handler.ts';
import type { Duration } from '../options/duration.ts';
import { timeout } from '../policy/timeout.ts';

/** What stands between a cache and its second level: an operation that takes longer than `limit` counts as failed. */
export function l2Guard(name: string, limit: Duration): AnyLayer {
  return timeout({ operation: `the second level of the cache ${name}`, timeout: limit });
}
