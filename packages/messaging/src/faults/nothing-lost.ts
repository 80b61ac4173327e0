import { type Duration, defaultRuntime, durationMs, type Random, seededRandom, sleep } from '@tutti/core';
import { type Crew, cutLines, logLines, type Strike, strikeAtRandom, untilItIsSo } from '@tutti/core/testing';
import { checkDelivery, type DeliveryReport } from './check-delivery.ts';
import { type Crews, startCrews } from './crews.ts';
import { type Death, isBusy, readHistory, readLedger } from './history.ts';
import type { MakeMember } from './member-module.ts';
import { fateOf, idOf } from './messages.ts';
import { type DeliveryPlan, type ResolvedPlan, resolvePlan } from './plan.ts';

const { clock } = defaultRuntime;
const pause = (ms: number): Promise<void> => sleep(clock, ms);

/**
 * Sends messages from some processes to others over a store of yours, kills and stops them, cuts their lines and kills the store meanwhile, and reports what became of every message. Real processes and
 * real time: with the defaults it takes minutes. The same seed chooses the same fates and victims; what the scheduler does is not repeated.
 * @throws INVALID_OPTIONS; an error naming what was still missing when `timeout` passed.
 */
export async function nothingLost(given: DeliveryPlan): Promise<DeliveryReport> {
  const plan = resolvePlan(given);
  const endsAt = clock.now() + durationMs(plan.timeout);
  const begun: Crew[] = [];
  try {
    const crews = await startCrews(plan, endsAt, (crew) => begun.push(crew));
    return await new Trial(plan, endsAt, crews).run();
  } finally {
    for (const crew of begun) crew.killAll();
  }
}

/** Throws unless the report is clean: nothing lost, doubled, invented, misjudged or out of order, within bounds of work and memory. */
export function assertNothingLost(report: DeliveryReport, bounds: { readonly quiet?: Duration; readonly maxRssBytes?: number } = {}): void {
  const { lost, doubled, phantom, misjudged, zombies, inverted, received, maxReceived, quietMs, maxRssBytes } = report;
  const problems = Object.entries({ lost, doubled, phantom, misjudged, zombies, inverted })
    .filter(([, ids]) => ids.length > 0)
    .map(([what, ids]) => `${ids.length} ${what}: ${ids.slice(0, 5).join(', ')}`);
  if (received > maxReceived) problems.push(`${received} deliveries, and at most ${maxReceived} are explained`);
  if (quietMs > durationMs(bounds.quiet ?? '30s'))
    problems.push(`${Math.round(quietMs)} ms from the last fault until everything was settled`);
  if (maxRssBytes > (bounds.maxRssBytes ?? 200 * 1024 ** 2)) problems.push(`a member took ${Math.round(maxRssBytes / 1024 ** 2)} MiB`);
  if (problems.length > 0) throw new Error(`the trial of seed ${report.seed} found: ${problems.join('; ')}`);
}

/** Of the kills. Who is broken on purpose is struck where it shows. */
function shareOfProducers(sabotage: ResolvedPlan['sabotage']): number {
  if (sabotage === 'confirm') return 1;
  return sabotage === 'inbox' ? 0 : 0.5;
}

function countOf<T>(lines: Iterable<T>, counts: (line: T) => boolean): number {
  let count = 0;
  for (const line of lines) if (counts(line)) count++;
  return count;
}

class Trial {
  readonly #plan: ResolvedPlan;
  readonly #random: Random;
  readonly #endsAt: number;
  readonly #producers: Crew;
  readonly #consumers: Crew;
  readonly #deaths: Death[] = [];
  readonly #expected: ReadonlySet<string>;
  readonly #hopeless: ReadonlySet<string>;
  #losses = 0;
  #lastFaultAt = clock.now();

  constructor(plan: ResolvedPlan, endsAt: number, { producers, consumers }: Crews) {
    this.#plan = plan;
    this.#random = seededRandom(plan.seed);
    this.#endsAt = endsAt;
    const perKey = Math.ceil(plan.messages / plan.keys);
    const ids = Array.from({ length: plan.keys * perKey }, (_, index) => idOf(index % plan.keys, Math.floor(index / plan.keys)));
    this.#expected = new Set(ids);
    this.#hopeless = new Set(ids.filter((id) => fateOf(id, plan.seed) === 'always'));
    this.#producers = producers;
    this.#consumers = consumers;
  }

  async run(): Promise<DeliveryReport> {
    await Promise.all([this.#strike(), this.#killBroker(), this.#cutLines()]);
    await this.#producers.ended();
    await this.#until('every message is settled', () => this.#settled());
    const quietMs = clock.now() - this.#lastFaultAt;
    for (let index = 0; index < this.#consumers.size; index++) this.#consumers.signal(index, 'SIGTERM');
    await this.#consumers.ended();
    const { seed, concurrency, folder } = this.#plan;
    const history = await readHistory(folder, await this.#deadIds(), this.#deaths);
    return checkDelivery(history, {
      seed,
      messages: this.#expected.size,
      hopeless: this.#hopeless,
      losses: this.#losses,
      concurrency,
      quietMs,
    });
  }

  /** Kills and pauses. */
  #strike(): Promise<void> {
    const { kills, pauses } = this.#plan;
    const noted =
      (strike: Strike): Strike =>
      async () => {
        await strike();
        this.#lastFaultAt = clock.now();
      };
    const [kill, pausing] = [noted(() => this.#kill()), noted(() => this.#pause())];
    return strikeAtRandom([...Array<Strike>(kills).fill(kill), ...Array<Strike>(pauses).fill(pausing)], this.#random);
  }

  async #kill(): Promise<void> {
    const producers = this.#producers;
    const crew = this.#random() < shareOfProducers(this.#plan.sabotage) ? producers : this.#consumers;
    const index = Math.floor(this.#random() * crew.size);
    if (crew === producers && this.#plan.sabotage === 'confirm') await this.#catchSending(producers, index);
    if (!crew.running(index)) return; // a producer that has finished
    if (crew === this.#consumers) {
      await this.#catchBusy(index);
      this.#deaths.push({ pid: crew.pid(index), at: Math.round(clock.epoch()) });
      this.#losses++;
    }
    await crew.replace(index);
  }

  /** What a broken publisher has called stored is lost with it only while it is on its way. */
  async #catchSending(producers: Crew, index: number): Promise<void> {
    const patience = clock.now() + 5_000;
    const acked = (): number => countOf(logLines(this.#plan.folder, `producer-${index}`), ({ words: [what] }) => what === 'acked');
    for (const before = acked(); acked() === before && producers.running(index) && clock.now() < patience; ) await pause(20);
  }

  async #pause(): Promise<void> {
    const { lease, mayPause } = this.#plan;
    const index = Math.floor(this.#random() * this.#consumers.size);
    await this.#catchBusy(index, mayPause);
    this.#losses++;
    await pause(2 * durationMs(lease));
    this.#consumers.signal(index, 'SIGCONT');
  }

  /** Stops a consumer, if it can be in the middle of a handler: faults of members with empty hands prove little. */
  async #catchBusy(index: number, may: () => Promise<boolean> = async () => true): Promise<void> {
    const patience = clock.now() + 2_000;
    for (;;) {
      this.#consumers.signal(index, 'SIGSTOP');
      await pause(2);
      const enough = clock.now() > patience || isBusy(this.#plan.folder, this.#consumers.pid(index));
      if (enough && (await may())) return;
      this.#consumers.signal(index, 'SIGCONT');
      await pause(5 + this.#random() * 20);
    }
  }

  async #killBroker(): Promise<void> {
    const { broker } = this.#plan;
    if (!broker) return;
    for (const share of [1 / 3, 2 / 3]) {
      await this.#until(
        'its share of the messages is handled',
        async () => (await readLedger(this.#plan.folder)).length >= this.#expected.size * share * 0.94,
      );
      await broker.kill();
      await pause(200);
      await broker.restart();
      this.#losses += this.#consumers.size;
      this.#lastFaultAt = clock.now();
    }
  }

  async #cutLines(): Promise<void> {
    const { proxy, cuts } = this.#plan;
    if (!proxy) return;
    await cutLines(proxy, cuts, this.#random, () => {
      this.#losses += this.#consumers.size;
      this.#lastFaultAt = clock.now();
    });
  }

  async #settled(): Promise<boolean> {
    const effects = new Set((await readLedger(this.#plan.folder)).map(({ id }) => id));
    const missing = [...this.#expected].filter((id) => !effects.has(id));
    if (missing.length > this.#hopeless.size + (this.#plan.sabotage === 'confirm' ? this.#expected.size : 0)) return false;
    const dead = new Set(await this.#deadIds());
    const open = missing.filter((id) => !dead.has(id));
    // what a broken publisher has lost never comes: it is over when nothing comes any more
    return open.length === 0 || (this.#plan.sabotage === 'confirm' && (await this.#still(effects.size)));
  }

  async #still(count: number): Promise<boolean> {
    await pause(4 * durationMs(this.#plan.lease));
    return (await readLedger(this.#plan.folder)).length === count;
  }

  async #deadIds(): Promise<string[]> {
    const { default: make } = (await import(this.#plan.module)) as { default: MakeMember<unknown> };
    const { transport, dispose } = await make(this.#plan.config);
    try {
      await transport.connect(defaultRuntime);
      const ids: string[] = [];
      for (let after: string | undefined; ; ) {
        const { items, next } = await transport.deadLetters.list({ limit: 500, ...(after !== undefined && { after }) });
        ids.push(...items.map(({ event }) => String((event as { id?: unknown }).id)));
        if (next === undefined) return ids;
        after = next;
      }
    } finally {
      await transport.close();
      await dispose?.();
    }
  }

  #until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    return untilItIsSo(`${what} (seed ${this.#plan.seed})`, holds, this.#endsAt);
  }
}
