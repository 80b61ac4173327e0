/** How an endpoint that is new is led up to its full share. Envoy's slow start, with its defaults for the other two. */
export interface SlowStart {
  readonly windowMs: number;
  /** 1 rises in a straight line; more rises faster at the beginning. */
  readonly aggression: number;
  /** The share it begins with. */
  readonly minShare: number;
}

/** The share of its weight that an endpoint of this age has: `max(min, (age / window) ^ (1 / aggression))`, and 1 after the window. */
export function slowStartShare(ageMs: number, { windowMs, aggression, minShare }: SlowStart): number {
  if (ageMs >= windowMs) return 1;
  const risen = Math.max(ageMs, 1) / windowMs;
  return Math.max(minShare, aggression === 1 ? risen : risen ** (1 / aggression));
}
