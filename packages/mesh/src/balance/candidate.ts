/** What a balancer sees of an endpoint. */
export interface Candidate {
  readonly instanceId: string;
  /** Above 0. */
  readonly weight: number;
  /** Requests under way. */
  readonly inFlight: number;
  /** Whether it may take one more, by its cap and its breaker. */
  canTake(): boolean;
  /** The share of its weight that it has now, above 0 and at most 1: less while it is led up. */
  share(now: number): number;
  /** Of its last outcomes, the share that were failures, from 0 to 1. */
  failureShare(now: number): number;
  /** What one more request there costs. Only comparisons mean anything. */
  load(now: number): number;
}

/** One request, as balancers see it. One object serves all picks of a service: nothing of it may be kept. */
export interface Pick {
  readonly now: number;
  readonly random: () => number;
  /** Instances that are not wanted while there is another one. */
  readonly exclude: readonly string[];
  /** A hash of what the request is about, an unsigned 32-bit integer; -1 for nothing. */
  readonly hash: number;
  /** Requests under way at all candidates together. */
  readonly inFlight: number;
}

/** Candidates in the order of their ids, frozen, with all work done that can be done for them once. */
export interface Balance<C extends Candidate> {
  /** One that can take the request and is not excluded; undefined when there is none. Allocates nothing. */
  next(pick: Pick): C | undefined;
}

/** Shares requests out. One serves one service, and keeps what must survive a change of its endpoints. */
export interface Balancer {
  readonly name: string;
  over<C extends Candidate>(candidates: readonly C[]): Balance<C>;
}

export function usable(candidate: Candidate, pick: Pick): boolean {
  return candidate.canTake() && (pick.exclude.length === 0 || !pick.exclude.includes(candidate.instanceId));
}
