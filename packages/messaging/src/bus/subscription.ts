import { type Call, coreError, type EventCatalogue, type EventOf, type EventPattern, type MatchingTypes } from '@tutti/core';
import { compilePattern } from '../pattern/event-pattern.ts';
import type { EventDelivery } from './event-delivery.ts';

/** One member of a subscription. */
export interface Subscription {
  readonly group: string;
  readonly pattern: string;
  /** Resolves when the store knows the subscription: from then on no event passes it by. Rejects while the store is away, which does not end the subscription. */
  ready(): Promise<void>;
  /** Leaves: running handlers finish first, within the drain timeout. The subscription itself stays until it is forgotten. */
  stop(): Promise<void>;
}

/** Handles the events of a pattern. Resolving settles the delivery; rejecting leads to another attempt or a dead letter. */
export type HandlerOf<C extends EventCatalogue, P extends EventPattern<C>> = (
  event: EventOf<C, P>,
  call: Call,
  delivery: EventDelivery,
) => Promise<void> | void;

/** Refuses a pattern that no event of the catalogue matches. */
export type Matching<C, P extends string> = [MatchingTypes<C, P>] extends [never]
  ? { readonly 'no event of the catalogue matches': P }
  : unknown;

/** @throws INVALID_ARGUMENT for what types could not refuse. */
export function checkSubscription(events: EventCatalogue, pattern: string, handler: unknown, group: string): void {
  const matches = compilePattern(pattern);
  const refuse = (path: string, problem: string): Error => coreError('INVALID_ARGUMENT', { path, problem });
  if (!Object.keys(events).some(matches)) throw refuse('pattern', `matches no event of the catalogue, got '${pattern}'`);
  if (typeof handler !== 'function') throw refuse('handler', 'must be a function');
  if (typeof group !== 'string' || !/^[\w.:-]{1,100}$/.test(group))
    throw refuse('group', 'must be 1 to 100 letters, digits or any of . : _ -');
}
