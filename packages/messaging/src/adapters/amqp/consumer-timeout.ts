import type { Runtime } from '@tutti/core';
import type { SubscriptionName } from './names.ts';

/** The broker's own limit is half an hour; then it ends the channel. */
const warnAfterMs = 24 * 60_000;

/** Says once of a delivery that it is held for so long that the broker will end it. */
export function warnOfTimeout(
  held: { readonly since: number; warned: boolean },
  { runtime, subscription }: { readonly runtime: Runtime; readonly subscription: SubscriptionName },
): void {
  const heldMs = runtime.clock.now() - held.since;
  if (held.warned || heldMs <= warnAfterMs) return;
  held.warned = true;
  const { group, pattern } = subscription;
  runtime.logger.log(
    'warn',
    'a delivery is about to be ended by the broker, which allows 30 minutes unless consumer_timeout says otherwise',
    { group, pattern, minutes: Math.round(heldMs / 60_000) },
  );
}
