import { hex3, hex12, randomDigit, randomHex3, randomHex12, randomVariant } from './hex-digits.ts';
import type { Runtime } from './runtime.ts';

/** Ids of one millisecond before its random part is made anew. */
const perPart = 4_096;
const messagesPerReading = 8;

/**
 * Time, ids and trace contexts for a stream of messages: what is the same within a millisecond is made once, so that each message costs
 * a look at the clock and a few joined texts. Ids are UUIDs of version 7 that rise within one process (RFC 9562, section 6.2, method 1: the
 * counter in `rand_a`); everything but the counter is random anew each millisecond.
 */
export class Stamps {
  readonly #runtime: Runtime;
  /** How many messages may still use the last reading of the clock. */
  #readings = 0;
  #inTurn = false;
  readonly #endTurn = (): void => {
    this.#inTurn = false;
    this.#readings = 0;
  };
  #epochMs = Number.NaN;
  #time = '';
  #count = perPart;
  #idStart = '';
  #idEnd = '';
  #traceStart = '';
  #traceEnd = '';

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /**
   * Begins the stamps of the next message, which the getters then give. Within one turn of the event loop the clock is read for every eighth
   * message, because that costs more than everything else: `time` is that of one of the seven before, at worst.
   */
  next(): void {
    if (this.#readings > 0) this.#readings--;
    else if (this.#read()) return;
    if (this.#count === perPart - 1) this.#mix();
    else this.#count++;
  }

  /** RFC 3339, in UTC, to the millisecond. */
  get time(): string {
    return this.#time;
  }

  get id(): string {
    return this.#idStart + hex3[this.#count] + this.#idEnd;
  }

  /** Milliseconds since the epoch: what `time` says. */
  get epochMs(): number {
    return this.#epochMs;
  }

  /** Begins a trace: W3C Trace Context, section 3.2; sampled. */
  get traceparent(): string {
    return this.#traceStart + hex3[this.#count] + this.#traceEnd;
  }

  /** True when another millisecond has begun. */
  #read(): boolean {
    const { clock } = this.#runtime;
    const epochMs = Math.floor(clock.epoch());
    this.#readings = messagesPerReading - 1;
    if (!this.#inTurn) {
      this.#inTurn = true;
      clock.afterInput(this.#endTurn);
    }
    if (epochMs === this.#epochMs) return false;
    this.#begin(epochMs);
    return true;
  }

  #begin(epochMs: number): void {
    this.#epochMs = epochMs;
    this.#time = new Date(epochMs).toISOString();
    const time = hex12(epochMs);
    this.#idStart = `${time.slice(0, 8)}-${time.slice(8)}-7`;
    this.#mix();
  }

  /** An id later in the same millisecond may sort before an earlier one after this; never an equal one. Under light load this is done for every message. */
  #mix(): void {
    const { random } = this.#runtime;
    this.#count = 0;
    this.#idEnd = `-${randomVariant(random)}${randomHex3(random)}-${randomHex12(random)}`;
    this.#traceStart = `00-1${randomHex12(random)}${randomHex12(random)}${randomHex3(random)}${randomDigit(random)}`;
    this.#traceEnd = `-1${randomHex12(random)}${randomHex3(random)}-01`;
  }
}
