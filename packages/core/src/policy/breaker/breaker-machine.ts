import type { Clock } from '../../runtime/clock.ts';
import type { BreakerChange, BreakerState } from './breaker.ts';
import type { Tally } from './trip.ts';

/** Names the era of the breaker in which a call was let through: news of an earlier era is ignored. */
export type Ticket = number;

/** Not a ticket: the call is refused. */
export const refused = -1;

export interface BreakerSettings {
  readonly tally: Tally;
  readonly openForMs: number;
  readonly openForMaxMs: number;
  readonly probes: number;
  readonly successesToClose: number;
  readonly onChange: ((change: BreakerChange) => void) | undefined;
}

/**
 * The states of a breaker, without promises, timers or errors. Half-open it lets `probes` calls through at a time. It can
 * never stay half-open with nobody on the way: a probe that is not heard of for as long as the pause was is given up, and
 * its place is free again.
 */
export class BreakerMachine {
  readonly #settings: BreakerSettings;
  #state: BreakerState = 'closed';
  #forced = false;
  #era: Ticket = 0;
  /** Open: when the pause ends. Half-open: when the probes on their way are given up, if no other sets out before. */
  #until = 0;
  #pauseMs: number;
  #probing = 0;
  #successes = 0;

  constructor(settings: BreakerSettings) {
    this.#settings = settings;
    this.#pauseMs = settings.openForMs;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** A ticket, or `refused`. */
  admit(clock: Clock): Ticket {
    return this.#state === 'closed' ? this.#era : this.#admitProbe(clock.now());
  }

  /** Whether `admit` would let a call through. */
  admits(clock: Clock): boolean {
    if (this.#state === 'closed') return true;
    if (this.#forced) return false;
    return (this.#state === 'half-open' && this.#probing < this.#settings.probes) || clock.now() >= this.#until;
  }

  /** Milliseconds until a refused call may be let through. */
  waitMs(clock: Clock): number {
    return this.#forced ? this.#settings.openForMs : Math.max(0, this.#until - clock.now());
  }

  succeeded(ticket: Ticket, clock: Clock): void {
    if (ticket !== this.#era) return;
    if (this.#state === 'closed') this.#settings.tally.success(clock);
    else if (this.#state === 'half-open') {
      this.#probing--;
      if (++this.#successes >= this.#settings.successesToClose) this.#close('probe');
    }
  }

  failed(ticket: Ticket, clock: Clock): void {
    if (ticket !== this.#era || this.#forced) return;
    if (this.#state === 'closed') {
      if (this.#settings.tally.failure(clock)) this.#open(clock.now(), 'failures');
    } else if (this.#state === 'half-open') {
      this.#pauseMs = Math.min(this.#pauseMs * 2, this.#settings.openForMaxMs);
      this.#open(clock.now(), 'probe');
    }
  }

  /** The call ended without telling anything about the target. */
  ignored(ticket: Ticket): void {
    if (ticket === this.#era && this.#state === 'half-open') this.#probing--;
  }

  force(state: 'open' | 'closed' | 'auto'): void {
    this.#forced = state !== 'auto';
    this.#close('forced');
    if (state === 'open') this.#enter('open', 'forced');
  }

  #admitProbe(now: number): Ticket {
    if (this.#forced) return refused;
    if (this.#state === 'open') {
      if (now < this.#until) return refused;
      this.#enter('half-open', 'time');
    } else if (this.#probing >= this.#settings.probes) {
      if (now < this.#until) return refused;
      this.#era++;
      this.#probing = 0;
    }
    this.#until = now + this.#pauseMs;
    this.#probing++;
    return this.#era;
  }

  #open(now: number, cause: BreakerChange['cause']): void {
    this.#until = now + this.#pauseMs;
    this.#enter('open', cause);
  }

  #close(cause: BreakerChange['cause']): void {
    this.#pauseMs = this.#settings.openForMs;
    this.#settings.tally.reset();
    this.#enter('closed', cause);
  }

  #enter(to: BreakerState, cause: BreakerChange['cause']): void {
    const from = this.#state;
    this.#state = to;
    this.#era++;
    this.#probing = 0;
    this.#successes = 0;
    if (from !== to) this.#settings.onChange?.({ from, to, cause });
  }
}
