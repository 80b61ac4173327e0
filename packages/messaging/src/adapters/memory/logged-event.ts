import type { CloudEvent } from '@tutti/core';
import type { DeadLetter } from '../../transport/dead-letters.ts';

/** An event as memory keeps it, in a list of all that are kept, oldest first. */
export class LoggedEvent {
  readonly type: string;
  /** Belongs to the log alone; a text that is no event as it came. */
  readonly stored: CloudEvent | string;
  readonly storedAt: number;
  readonly checkedBy: object | undefined;
  /** Subscriptions that have not settled it. */
  waiting = 0;
  settledAt: number;
  kept = true;
  previous: LoggedEvent | undefined = undefined;
  next: LoggedEvent | undefined = undefined;

  constructor(type: string, stored: CloudEvent | string, checkedBy: object | undefined, now: number) {
    this.type = type;
    this.checkedBy = checkedBy;
    this.stored = stored;
    this.storedAt = now;
    this.settledAt = now;
  }
}

/** `source` and `id`; whatever is no event has none. */
export function identityOf(stored: CloudEvent | string): string | undefined {
  return typeof stored === 'string' ? undefined : `${stored.source}\n${stored.id}`;
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
