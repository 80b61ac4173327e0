import type { Call } from '../../call/call.ts';
import { Chain, type Linked } from './chain.ts';

/** Told what became of a call that waits: one of the two, once. Must not throw. */
export interface AdmissionWaiter {
  /** A place was taken for it: `leave` must follow, with this ticket. */
  admitted(ticket: number): void;
  refused(error: unknown): void;
}

/** A call in a line. */
export class Waiting implements Linked<Waiting> {
  previous: Waiting | undefined = undefined;
  next: Waiting | undefined = undefined;
  readonly call: Call;
  readonly waiter: AdmissionWaiter;
  readonly since: number;
  readonly rank: number;
  readonly flow: Flow;
  /** Ends the listening for its deadline and its cancellation. */
  forget: () => void = () => {};

  constructor(place: Pick<Waiting, 'call' | 'waiter' | 'since' | 'rank' | 'flow'>) {
    const { call, waiter, since, rank, flow } = place;
    this.call = call;
    this.waiter = waiter;
    this.since = since;
    this.rank = rank;
    this.flow = flow;
  }
}

/** Who waits in one of the queues of a line, by age. */
export class Flow extends Chain<Waiting> implements Linked<Flow> {
  previous: Flow | undefined = undefined;
  next: Flow | undefined = undefined;
}
