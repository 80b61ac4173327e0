import { hex12, randomDigit, randomHex3, randomHex12, randomVariant } from './hex-digits.ts';
import type { Runtime } from './runtime.ts';

/** A UUID of version 7 (RFC 9562, section 5.7): ids made later sort later, across processes as far as their clocks agree. */
export function newId({ clock, random }: Pick<Runtime, 'clock' | 'random'>): string {
  const time = hex12(Math.floor(clock.epoch()));
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomHex3(random)}-${randomVariant(random)}${randomHex3(random)}-${randomHex12(random)}`;
}

/** A W3C `traceparent` that begins a trace (Trace Context, section 3.2): sampled, with random ids, neither of which can be zero. */
export function newTraceparent({ random }: Pick<Runtime, 'random'>): string {
  const traceId = `1${randomHex12(random)}${randomHex12(random)}${randomHex3(random)}${randomHex3(random)}${randomDigit(random)}`;
  return `00-${traceId}-1${randomHex12(random)}${randomHex3(random)}-01`;
}
