import { describe, expect, it } from 'vitest';
import { Call } from '../../call/call.ts';
import type { Clock } from '../../runtime/clock.ts';
import { type Random, seededRandom } from '../../runtime/random.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { faultScale, testRuntime } from '../../testing/index.ts';
import { type AdmissionClass, admissionClasses } from './admission-class.ts';
import { AdmissionGate, type AdmissionTicket, noPlace } from './admission-gate.ts';
import { fixedLimit, type LimitPolicy } from './limit-policy.ts';

/** A clock that is moved at once: a hundred thousand traces have no time to wait for promises. */
class HandClock implements Clock {
  at = 1_000;
  #timers: { readonly at: number; readonly callback: () => void }[] = [];
  now = (): number => this.at;
  epoch = (): number => this.at;
  afterInput = (callback: () => void): void => callback();

  after(delayMs: number, callback: () => void): { cancel(): void; ref(): void; unref(): void } {
    const timer = { at: this.at + Math.max(0, delayMs), callback };
    this.#timers.push(timer);
    const cancel = (): void => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
    return { cancel, ref: () => {}, unref: () => {} };
  }

  pass(ms: number): void {
    const end = this.at + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((each) => each !== due);
      this.at = due.at;
      due.callback();
    }
    this.at = end;
  }
}

/** A limit that is another one after every sample, as no sensible limit is. */
const capricious = (random: Random): LimitPolicy => ({
  learns: true,
  limit: () => {
    let places = 2;
    return {
      places: () => places,
      sample: () => {
        places = 1 + Math.floor(random() * 4);
      },
    };
  },
});

interface Asked {
  readonly call: Call;
  readonly rank: number;
  ticket: AdmissionTicket;
}

const maxQueue = { critical: 3, default: 2, sheddable: 1 };

/** One random trace, and everything that must hold after each of its steps. */
class Trace {
  readonly #random: Random;
  readonly #clock = new HandClock();
  readonly #runtime: Runtime;
  readonly #gate: AdmissionGate;
  readonly #inside = new Set<Asked>();
  readonly #waiting = new Set<Asked>();
  #asked = 0;
  #entered = 0;
  #told = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#runtime = { ...testRuntime(seed), clock: this.#clock };
    const limit = this.#random() < 0.5 ? fixedLimit(this.#whole(3) + 1) : capricious(this.#random);
    const classOf = (call: Call): AdmissionClass => call.principal as AdmissionClass;
    this.#gate = new AdmissionGate({ operation: 'x', limit, maxQueue, classOf, tenantOf: (call) => call.tenant });
  }

  run(steps: number): void {
    for (let step = 0; step < steps; step++) {
      this.#step();
      this.#check();
    }
    while (this.#inside.size > 0) {
      this.#leave(this.#any(this.#inside));
      this.#check();
    }
    const { entered, refused, abandoned } = this.#gate.counts();
    const sum = (counts: Readonly<Record<AdmissionClass, number>>): number => Object.values(counts).reduce((total, one) => total + one);
    expect([this.#gate.active, this.#gate.queued, this.#waiting.size, this.#told]).toEqual([0, 0, 0, this.#asked]);
    expect([entered, entered + sum(refused) + sum(abandoned)]).toEqual([this.#entered, this.#asked]);
    expect(this.#gate.queueAgeMs(this.#clock.at)).toBe(0);
  }

  #whole(below: number): number {
    return Math.floor(this.#random() * below);
  }

  #any(of: ReadonlySet<Asked>): Asked {
    return [...of][this.#whole(of.size)] as Asked;
  }

  #step(): void {
    const chance = this.#random();
    if (chance < 0.5) this.#ask(0);
    else if (chance < 0.75 && this.#inside.size > 0) this.#leave(this.#any(this.#inside));
    else if (chance < 0.85 && this.#waiting.size > 0) this.#any(this.#waiting).call.cancel('gone');
    else this.#clock.pass(this.#whole(30));
  }

  #ask(depth: number): void {
    const rank = this.#whole(3);
    const deadline = this.#random() < 0.5 ? this.#clock.at + this.#whole(60) : Number.POSITIVE_INFINITY;
    const principal = admissionClasses[rank] as AdmissionClass;
    const asked: Asked = {
      call: Call.root({ runtime: this.#runtime, tenant: `t${this.#whole(4)}`, principal, deadline }),
      rank,
      ticket: noPlace,
    };
    this.#asked++;
    asked.ticket = this.#gate.tryEnter(asked.call);
    if (asked.ticket !== noPlace) {
      if (this.#waiting.size > 0) throw new Error('somebody entered past those who wait');
      this.#told++;
      this.#enter(asked, depth);
      return;
    }
    this.#waiting.add(asked);
    this.#gate.wait(asked.call, {
      admitted: (ticket) => {
        asked.ticket = ticket;
        this.#hear(asked);
        for (const { rank: other } of this.#waiting) if (other < rank) throw new Error('somebody who matters more still waits');
        this.#enter(asked, depth);
      },
      refused: () => this.#hear(asked),
    });
  }

  #hear(asked: Asked): void {
    this.#told++;
    if (!this.#waiting.delete(asked)) throw new Error('told twice, or though it did not wait');
  }

  #enter(asked: Asked, depth: number): void {
    this.#entered++;
    this.#inside.add(asked);
    if (this.#gate.active > this.#gate.limit) throw new Error('somebody entered though the limit was reached');
    if (depth === 3) return;
    if (this.#random() < 0.2) this.#leave(asked);
    if (this.#random() < 0.2) this.#ask(depth + 1);
  }

  #leave(asked: Asked): void {
    this.#inside.delete(asked);
    this.#gate.leave(asked.ticket, asked.call, (['success', 'overload', 'ignored'] as const)[this.#whole(3)] ?? 'ignored');
  }

  #check(): void {
    const { active, queued, limit } = this.#gate;
    if (active !== this.#inside.size || queued !== this.#waiting.size) {
      throw new Error(`${active} inside and ${queued} waiting instead of ${this.#inside.size} and ${this.#waiting.size}`);
    }
    if (queued > 0 && active < limit) throw new Error(`${queued} wait though ${limit - active} of ${limit} places are free`);
    const ofClass = admissionClasses.map(() => 0);
    for (const { rank, call } of this.#waiting) {
      ofClass[rank] = (ofClass[rank] ?? 0) + 1;
      if (call.cancelled || call.deadline <= this.#clock.at) throw new Error('somebody waits who is over');
    }
    for (const [rank, name] of admissionClasses.entries())
      if ((ofClass[rank] ?? 0) > maxQueue[name]) throw new Error(`${name} has too many`);
  }
}

describe('the gate of an admission', () => {
  const traces = faultScale(100_000);

  it(`keeps its promises in ${traces} random interleavings, of callers that come and go within its callbacks, too`, () => {
    for (let seed = 1; seed <= traces; seed++) {
      try {
        new Trace(seed).run(20);
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
  }, 300_000);

  it('lets thousands through that each leave within the callback, without calling itself', () => {
    const runtime = testRuntime();
    const call = Call.root({ runtime });
    const gate = new AdmissionGate({
      operation: 'x',
      limit: fixedLimit(1),
      maxQueue: { critical: 0, default: 20_000, sheddable: 0 },
      classOf: () => 'default',
      tenantOf: () => undefined,
    });
    const first = gate.tryEnter(call);
    let through = 0;
    const waiter = {
      admitted(ticket: AdmissionTicket): void {
        through++;
        gate.leave(ticket, call, 'success');
      },
      refused(error: unknown): void {
        throw error;
      },
    };
    for (let each = 0; each < 20_000; each++) gate.wait(call, waiter);
    gate.leave(first, call, 'success');
    expect([through, gate.active, gate.queued]).toEqual([20_000, 0, 0]);
  });

  it('lets in who waits when the limit grows with time alone, as soon as anybody comes', () => {
    const clock = new HandClock();
    const runtime: Runtime = { ...testRuntime(), clock };
    const limit: LimitPolicy = { learns: true, limit: () => ({ places: (now) => (now < 1_500 ? 1 : 3), sample: () => {} }) };
    const gate = new AdmissionGate({
      operation: 'x',
      limit,
      maxQueue: { critical: 9, default: 9, sheddable: 9 },
      classOf: () => 'default',
      tenantOf: () => undefined,
    });
    const admitted: string[] = [];
    const come = (name: string): void => {
      const call = Call.root({ runtime });
      if (gate.tryEnter(call) === noPlace) gate.wait(call, { admitted: () => admitted.push(name), refused: () => {} });
    };
    come('first');
    come('second');
    clock.pass(1_000);
    come('third');
    expect([admitted, gate.active]).toEqual([['second', 'third'], 3]);
  });
});
