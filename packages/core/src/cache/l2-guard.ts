import { compose } from '../handler/compose.ts';
import type { AnyLayer, Handler } from '../handler/handler.ts';
import type { Duration } from '../options/duration.ts';
import { breaker } from '../policy/breaker/circuit-breaker.ts';
import { timeout } from '../policy/timeout.ts';

/**
 * What stands between a cache and its second level. An operation that takes longer than `limit` counts as failed; after
 * five failures in a row the store is left alone for a second, and for longer while it does not answer.
 */
export function l2Guard(name: string, limit: Duration): AnyLayer {
  const operation = `the second level of the cache ${name}`;
  const layers: readonly AnyLayer[] = [
    breaker({ operation, openFor: '1s', openForMax: '10s', failureIf: () => true }),
    timeout({ operation, timeout: limit }),
  ];
  return <I, O>(next: Handler<I, O>): Handler<I, O> => compose<I, O>(next, layers);
}
