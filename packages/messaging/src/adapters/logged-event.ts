import type { DeadLetter } from '../transport/dead-letters.ts';

/** An event as memory keeps it. */
export interface LoggedEvent {
  readonly identity: string;
  readonly type: string;
  readonly json: string;
  readonly storedAt: number;
  /** Subscriptions that have not settled it. */
  waiting: number;
  settledAt: number;
}

/** A dead letter with what its replay needs. */
export interface MemoryDeadLetter extends Omit<DeadLetter, 'event'> {
  readonly logged: LoggedEvent;
}

/** Whom a subscription tells what became of an event. */
export interface EventKeeper {
  /** One subscription less waits for it. */
  settled(logged: LoggedEvent, now: number): void;
  bury(letter: Omit<MemoryDeadLetter, 'id'>): void;
}
