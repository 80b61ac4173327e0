import type { Socket } from 'node:net';
import type { Timer } from '../../runtime/clock.ts';
import type { Random } from '../../runtime/random.ts';
import { realClock } from '../../runtime/real-clock.ts';
import type { StreamFaults } from './tcp-faults.ts';

/** Bytes that may be on their way in one direction before the sender is made to wait. */
const maxOnTheWay = 1024 * 1024;

/** Pieces that follow each other at once would be one again at the other end. */
const sliceGapMs = 1;

/** One direction of one connection: what it reads from one socket it writes to the other, later, slower, in pieces, or not. */
export class Pump {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #random: Random;
  readonly #endConnection: () => void;
  /** What is on its way, the next to arrive first: one timer for all, as two timers of about the same time may fire in either order. */
  readonly #queue: { readonly at: number; readonly work: () => void }[] = [];
  #timer: Timer | undefined;
  #faults: StreamFaults;
  /** Bytes since the faults were set. */
  #passed = 0;
  #onTheWay = 0;
  /** When the last byte that was taken arrives: none overtakes it. */
  #lastAt = 0;

  constructor(from: Socket, to: Socket, faults: StreamFaults, random: Random, endConnection: () => void) {
    this.#from = from;
    this.#to = to;
    this.#faults = faults;
    this.#random = random;
    this.#endConnection = endConnection;
    from.on('data', (bytes) => this.#take(bytes as Buffer));
    from.on('end', () => this.#later(0, () => this.#to.end()));
    to.on('drain', () => this.#resumeIfRoom());
  }

  change(faults: StreamFaults): void {
    this.#faults = faults;
    this.#passed = 0;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#queue.length = 0;
  }

  #take(bytes: Buffer): void {
    const { blackHole, endAfterBytes = Number.POSITIVE_INFINITY, sliceBytes = bytes.length } = this.#faults;
    if (blackHole) return;
    const passing = bytes.subarray(0, Math.max(0, endAfterBytes - this.#passed));
    this.#passed += bytes.length;
    for (let at = 0; at < passing.length; at += sliceBytes) this.#send(passing.subarray(at, at + sliceBytes), at > 0 ? sliceGapMs : 0);
    if (passing.length < bytes.length) this.#later(0, this.#endConnection);
    if (this.#onTheWay > maxOnTheWay) this.#from.pause();
  }

  #send(bytes: Buffer, gapMs: number): void {
    this.#onTheWay += bytes.length;
    this.#later(
      bytes.length,
      () => {
        this.#onTheWay -= bytes.length;
        if (this.#to.writable && !this.#to.write(bytes)) this.#from.pause();
        else this.#resumeIfRoom();
      },
      gapMs,
    );
  }

  #resumeIfRoom(): void {
    if (this.#onTheWay <= maxOnTheWay && !this.#to.writableNeedDrain) this.#from.resume();
  }

  /** After everything that was taken before. */
  #later(bytes: number, work: () => void, gapMs = 0): void {
    const { latencyMs = 0, jitterMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY } = this.#faults;
    const now = realClock.now();
    const arrivesAt = Math.max(now + latencyMs + jitterMs * this.#random(), this.#lastAt + gapMs);
    this.#lastAt = arrivesAt + (bytes * 1_000) / bytesPerSecond;
    this.#queue.push({ at: this.#lastAt, work });
    if (this.#queue.length === 1) this.#arrive();
  }

  /** Lets arrive what is due, and waits for the next. */
  #arrive(): void {
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      const waitMs = next.at - realClock.now();
      if (waitMs > 0) {
        this.#timer = realClock.after(waitMs, () => this.#arrive());
        return;
      }
      next.work();
      this.#queue.shift();
    }
  }
}
