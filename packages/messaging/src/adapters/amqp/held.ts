import { randomUUID } from 'node:crypto';
import { decodeEvent } from '../../transport/encoded-event.ts';
import type { Delivery } from '../../transport/event-transport.ts';
import type { AckChannel } from './ack-channel.ts';
import type { Arrived, Source } from './source.ts';

/** A delivery in the hands of the member, until its lease ends. */
export interface Held {
  readonly arrived: Arrived;
  readonly since: number;
  until: number;
  warned: boolean;
}

/** What a member has in hand, by receipt. */
export class HeldByReceipt {
  readonly #held = new Map<string, Held>();
  readonly #id = randomUUID().slice(0, 8);
  #receipts = 0;

  get arrived(): Arrived[] {
    return Array.from(this.#held.values(), ({ arrived }) => arrived);
  }

  handOut(arrived: Arrived, now: number, leaseMs: number): Delivery {
    const receipt = `${this.#id}.${++this.#receipts}`;
    this.#held.set(receipt, { arrived, since: now, until: now + leaseMs, warned: false });
    const { attempt, takenOver, notes, message } = arrived;
    const event = decodeEvent(message.content.toString());
    return { receipt, attempt, event, handled: false, takenOver, replayedFrom: notes.replayedFrom };
  }

  /** If the lease has not ended, and the channel it came on has not. */
  valid(receipt: string, now: number): Held | undefined {
    const held = this.#held.get(receipt);
    return held && held.until > now && held.arrived.line.alive ? held : undefined;
  }

  delete(receipt: string): void {
    this.#held.delete(receipt);
  }

  /** An outcome that could not be stored: the member says it again. */
  restore(receipt: string, held: Held): void {
    if (held.arrived.line.alive) this.#held.set(receipt, held);
  }

  forgetLine(line: AckChannel): void {
    for (const [receipt, { arrived }] of this.#held) if (arrived.line === line) this.#held.delete(receipt);
  }

  forgetSource(source: Source): void {
    for (const [receipt, { arrived }] of this.#held) if (arrived.source === source) this.#held.delete(receipt);
  }

  /** Forgets those whose lease has ended, and gives them; of each other one `stillHeld` is told. */
  expired(now: number, stillHeld: (held: Held) => void): Arrived[] {
    const expired: Arrived[] = [];
    for (const [receipt, held] of this.#held) {
      if (held.until <= now) {
        this.#held.delete(receipt);
        expired.push(held.arrived);
      } else stillHeld(held);
    }
    return expired;
  }

  clear(): void {
    this.#held.clear();
  }
}
