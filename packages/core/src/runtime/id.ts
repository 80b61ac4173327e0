import type { Runtime } from './runtime.ts';

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** `digits` random hexadecimal digits, at most 12. */
function randomHex(runtime: Pick<Runtime, 'random'>, digits: number): string {
  return hex(Math.floor(runtime.random() * 16 ** digits), digits);
}

/** A UUID of version 7 (RFC 9562, section 5.7): ids made later sort later, across processes as far as their clocks agree. */
export function newId(runtime: Runtime): string {
  const time = hex(Math.floor(runtime.clock.epoch()), 12);
  const variant = (8 + Math.floor(runtime.random() * 4)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomHex(runtime, 3)}-${variant}${randomHex(runtime, 3)}-${randomHex(runtime, 12)}`;
}

/** A W3C `traceparent` that begins a trace (Trace Context, section 3.2): sampled, with random ids. */
export function newTraceparent(runtime: Runtime): string {
  const traceId = `${randomHex(runtime, 12)}${randomHex(runtime, 12)}${randomHex(runtime, 7)}1`;
  return `00-${traceId}-${randomHex(runtime, 12)}${randomHex(runtime, 3)}1-01`;
}
