import type { Clock, CloudEvent } from '@tutti/core';
import type { DirectDelivery } from '../../transport/direct-transport.ts';
import type { InboxWindow } from '../../transport/event-transport.ts';
import { type Level, levelOf } from '../priority-backlog.ts';
import type { LoggedEvent } from './logged-event.ts';

/** One feed as its subscription sees it. */
export interface MemoryMember {
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly inbox: InboxWindow | undefined;
}

/** An event on its way to one subscription. */
export class Entry implements DirectDelivery {
  readonly logged: LoggedEvent;
  readonly replayedFrom: string | undefined;
  attempt = 0;
  handled = false;
  /** It is leased, or waits for its next attempt; see `dueAt`. */
  begun = false;
  /** When it may be delivered (again): the end of the lease, or of the delay before a retry. */
  dueAt = 0;
  /** Names the running delivery where it was asked for. */
  receipt: string | undefined = undefined;
  /** In whose hands it is. */
  holder: MemoryMember | undefined = undefined;
  /** Who had it last lost it; releasing it changes nothing about that. */
  takenOver = false;
  firstFailedAt: string | undefined = undefined;

  constructor(logged: LoggedEvent, replayedFrom: string | undefined) {
    this.logged = logged;
    this.replayedFrom = replayedFrom;
  }

  get stored(): CloudEvent | string {
    return this.logged.event;
  }

  get checkedBy(): object | undefined {
    return this.logged.checkedBy;
  }

  get level(): Level {
    const { stored } = this;
    return typeof stored === 'string' ? 1 : levelOf(stored.priority);
  }

  /** What it must wait for in an ordered subscription: the one before it of the same key and priority. */
  get key(): string | undefined {
    const { stored } = this;
    return typeof stored === 'string' || stored.subject === undefined ? undefined : `${this.level}${stored.subject}`;
  }
}
