import type { Handler } from '../../handler/handler.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

/** A change of a breaker, told after it happened. */
export interface BreakerChange {
  readonly from: BreakerState;
  readonly to: BreakerState;
  /** `failures`: too many; `time`: the pause is over; `probe`: a probe was answered; `forced`: somebody said so. */
  readonly cause: 'failures' | 'time' | 'probe' | 'forced';
}

/**
 * A circuit breaker (Nygard, "Release It!", chapter 5): stops asking a target that keeps failing, and asks again after a
 * pause with a few calls first. It is a layer; all handlers that one breaker surrounds share its state.
 *
 * Counted against the target are failures of class `unreachable`, `transient` and `timeout`. What the target answered
 * rightly (`permanent`), what was not sent (`unsent`) and what its caller gave up (`cancelled`) counts neither way.
 * An open breaker throws BREAKER_OPEN, with the time until it will ask again, without calling the handler.
 */
export interface Breaker {
  <I, O>(next: Handler<I, O>): Handler<I, O>;
  readonly operation: string;
  readonly state: BreakerState;
  /** Holds it open or closed, whatever happens, until `auto`; `auto` begins closed with nothing counted. */
  force(state: 'open' | 'closed' | 'auto'): void;
}
