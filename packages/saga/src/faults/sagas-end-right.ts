import { fileURLToPath } from 'node:url';
import { type Duration, defaultRuntime, durationMs, type Random, seededRandom, sleep } from '@tutti/core';
import { Crew, cutLines, logLines, type Strike, strikeAtRandom, untilItIsSo } from '@tutti/core/testing';
import { isOver, type SagaStatus } from '../store/saga-record.ts';
import { checkSagas, type SagaReport } from './check-sagas.ts';
import { idOf } from './fate.ts';
import { type Death, readLedger, readNotes } from './history.ts';
import type { MakeMember, MemberParts } from './member-module.ts';
import { type ResolvedPlan, resolvePlan, type SagaPlan } from './plan.ts';
import { taskOf } from './task.ts';

const { clock } = defaultRuntime;
const pause = (ms: number): Promise<void> => sleep(clock, ms);
const program = (name: string): string => fileURLToPath(import.meta.resolve(`@tutti/saga/faults/${name}`));

/**
 * Runs sagas in some processes on a store of yours, kills and stops them and kills the store meanwhile, and reports how every saga ended and what it left in the
 * world outside. Real processes and real time: with the defaults it takes minutes. The same seed chooses the same fates and victims; what the
 * scheduler does is not repeated.
 * @throws INVALID_OPTIONS; an error naming what was still missing when `timeout` passed.
 */
export async function sagasEndRight(given: SagaPlan): Promise<SagaReport> {
  const plan = resolvePlan(given);
  const { default: make } = (await import(plan.module)) as { default: MakeMember<unknown> };
  const trial = new Trial(plan, await make(plan.config));
  try {
    return await trial.run();
  } finally {
    await trial.end();
  }
}

/** Throws unless every saga ended right, within bounds of time and memory. */
export function assertSagasEndRight(report: SagaReport, bounds: { readonly takeOver: Duration; readonly maxRssBytes?: number }): void {
  const { unended, incomplete, leftBehind, past, resumed, zombies, overlaps, takeOverMs, maxRssBytes } = report;
  const problems = Object.entries({ unended, incomplete, leftBehind, past, resumed, zombies, overlaps })
    .filter(([, ids]) => ids.length > 0)
    .map(([what, ids]) => `${ids.length} ${what}: ${ids.slice(0, 5).join(', ')}`);
  const sorted = takeOverMs.toSorted((a, b) => a - b);
  const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
  if (p99 > durationMs(bounds.takeOver)) problems.push(`taking over took ${p99} ms`);
  if (maxRssBytes > (bounds.maxRssBytes ?? 300 * 1024 ** 2)) problems.push(`a worker took ${Math.round(maxRssBytes / 1024 ** 2)} MiB`);
  if (problems.length > 0) throw new Error(`the trial of seed ${report.seed} found: ${problems.join('; ')}`);
}

class Trial {
  readonly #plan: ResolvedPlan;
  readonly #judge: MemberParts;
  readonly #random: Random;
  readonly #endsAt: number;
  readonly #deaths: Death[] = [];
  readonly #paused = new Set<number>();
  readonly #world: Crew;
  #workers: Crew | undefined;
  #lastFaultAt = clock.now();

  constructor(plan: ResolvedPlan, judge: MemberParts) {
    this.#plan = plan;
    this.#judge = judge;
    this.#random = seededRandom(plan.seed);
    this.#endsAt = clock.now() + durationMs(plan.timeout);
    const world = { role: 'world', folder: plan.folder, guarded: plan.sabotage !== 'fence' };
    this.#world = new Crew(program('world'), [JSON.stringify(world)]);
  }

  async run(): Promise<SagaReport> {
    const { plan, store, bookings } = { plan: this.#plan, ...this.#judge };
    await store.open(defaultRuntime);
    await bookings?.prepare();
    await this.#until('the world listens', () => this.#port() !== undefined);
    const { kills, pauses, lease } = plan;
    const faultsMs = kills * 650 + pauses * 2 * durationMs(lease) + (plan.proxy ? plan.cuts * 650 : 0);
    const tasks = Array.from({ length: plan.workers }, (_, index) => taskOf(plan, index, `http://127.0.0.1:${this.#port()}`, faultsMs));
    this.#workers = new Crew(
      program('worker'),
      tasks.map((task) => JSON.stringify(task)),
    );
    await this.#until(
      'every worker is ready',
      () => [...logLines(plan.folder, 'worker')].filter(({ words }) => words[0] === 'ready').length >= plan.workers,
    );
    await Promise.all([this.#strike(), this.#killStore(), this.#cutLines()]);
    await this.#until('every saga has ended', () => this.#ended());
    const quietMs = clock.now() - this.#lastFaultAt;
    for (let index = 0; index < plan.workers; index++) this.#workers.signal(index, 'SIGTERM');
    await this.#workers.ended();
    return checkSagas(
      {
        endings: await this.#endings(),
        ledger: readLedger(plan.folder),
        booked: await bookings?.list(),
        ...readNotes(plan.folder),
        deaths: this.#deaths,
        paused: this.#paused,
      },
      { seed: plan.seed, quietMs },
    );
  }

  async end(): Promise<void> {
    this.#workers?.killAll();
    this.#world.killAll();
    await this.#judge.store.close();
    await this.#judge.dispose?.();
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
    const workers = this.#workers as Crew;
    const index = Math.floor(this.#random() * workers.size);
    this.#deaths.push({ pid: workers.pid(index), at: Math.round(clock.epoch()) });
    await workers.replace(index);
  }

  async #pause(): Promise<void> {
    const { lease, mayPause = async () => true } = this.#plan;
    const workers = this.#workers as Crew;
    const index = Math.floor(this.#random() * workers.size);
    for (let tries = 0; ; tries++) {
      workers.signal(index, 'SIGSTOP');
      await pause(2);
      if (await mayPause()) break;
      workers.signal(index, 'SIGCONT');
      if (tries > 100) return;
      await pause(5 + this.#random() * 20);
    }
    this.#paused.add(workers.pid(index));
    await pause(2 * durationMs(lease));
    workers.signal(index, 'SIGCONT');
  }

  async #killStore(): Promise<void> {
    const { store, sagas } = this.#plan;
    if (!store) return;
    for (const share of [1 / 3, 2 / 3]) {
      await this.#until('its share of the sagas has ended', async () => (await this.#over()) >= sagas * share * 0.9);
      await store.kill();
      await pause(200);
      await store.restart();
      this.#lastFaultAt = clock.now();
    }
  }

  async #cutLines(): Promise<void> {
    const { proxy, cuts } = this.#plan;
    if (!proxy) return;
    await cutLines(proxy, cuts, this.#random, () => {
      this.#lastFaultAt = clock.now();
    });
  }

  async #ended(): Promise<boolean> {
    return (await this.#over()) >= this.#plan.sagas;
  }

  /** Sagas that are over. A store that is just being killed has no answer. */
  async #over(): Promise<number> {
    try {
      const { counts } = await this.#judge.store.desk.stats();
      return counts.filter(({ status }) => isOver(status)).reduce((sum, { count }) => sum + count, 0);
    } catch {
      return 0;
    }
  }

  async #endings(): Promise<ReadonlyMap<string, SagaStatus>> {
    const endings = new Map<string, SagaStatus>();
    for (let index = 0; index < this.#plan.sagas; index++) {
      const record = await this.#judge.store.desk.load(idOf(index));
      if (record) endings.set(record.id, record.status);
    }
    return endings;
  }

  #port(): string | undefined {
    for (const { words } of logLines(this.#plan.folder, 'port')) return words[1];
    return undefined;
  }

  #until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    return untilItIsSo(`${what} (seed ${this.#plan.seed})`, holds, this.#endsAt);
  }
}
