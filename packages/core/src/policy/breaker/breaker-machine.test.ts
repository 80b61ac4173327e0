import { describe, expect, it } from 'vitest';
import type { Clock } from '../../runtime/clock.ts';
import { manualClock } from '../../runtime/manual-clock.ts';
import { type Random, seededRandom } from '../../runtime/random.ts';
import { BreakerMachine, refused, type Ticket } from './breaker-machine.ts';
import { consecutiveFailures } from './trip.ts';

interface Settings {
  readonly failures: number;
  readonly probes: number;
  readonly successesToClose: number;
}

const openForMs = 100;
const openForMaxMs = 400;

/** A machine needs no timers, so a clock that is set will do. */
interface SetClock extends Clock {
  at: number;
}

function setClock(): SetClock {
  const clock: SetClock = { ...manualClock(), at: 0, now: () => clock.at };
  return clock;
}

/** A breaker as one would describe it in words: lists of what happened, nothing clever. */
class Described {
  state: 'closed' | 'open' | 'half-open' = 'closed';
  pauses = 0;
  failuresInARow = 0;
  opensAgainAt = 0;
  /** Probes of this half-open time that are not heard of. */
  probes: Ticket[] = [];
  lastProbeAt = 0;
  successes = 0;
  readonly settings: Settings;

  constructor(settings: Settings) {
    this.settings = settings;
  }

  get pauseMs(): number {
    return Math.min(openForMs * 2 ** this.pauses, openForMaxMs);
  }

  admits(now: number): boolean {
    if (this.state === 'closed') return true;
    if (this.state === 'open') return now >= this.opensAgainAt;
    return this.probes.length < this.settings.probes || now >= this.lastProbeAt + this.pauseMs;
  }

  admitted(ticket: Ticket, now: number): void {
    if (this.state === 'closed') return;
    if (this.state === 'open') {
      this.state = 'half-open';
      this.successes = 0;
      this.probes = [];
    } else if (this.probes.length >= this.settings.probes) this.probes = [];
    this.probes.push(ticket);
    this.lastProbeAt = now;
  }

  ended(ticket: Ticket, era: 'closed' | 'probe', outcome: 'ok' | 'failed' | 'ignored', now: number, current: boolean): void {
    if (!current) return;
    if (era === 'closed') {
      if (outcome === 'ok') this.failuresInARow = 0;
      else if (outcome === 'failed' && ++this.failuresInARow >= this.settings.failures) this.open(now);
      return;
    }
    this.probes.splice(this.probes.indexOf(ticket), 1);
    if (outcome === 'ok' && ++this.successes >= this.settings.successesToClose) {
      this.state = 'closed';
      this.probes = [];
      this.pauses = 0;
      this.failuresInARow = 0;
    } else if (outcome === 'failed') {
      this.pauses++;
      this.open(now);
    }
  }

  open(now: number): void {
    this.state = 'open';
    this.opensAgainAt = now + this.pauseMs;
    this.probes = [];
  }
}

interface Outstanding {
  readonly ticket: Ticket;
  readonly era: 'closed' | 'probe';
}

/** One random life of a breaker with calls that overlap in any way; when `lossy`, some are never heard of again. */
function interleave(random: Random, settings: Settings, steps: number, lossy: boolean): void {
  const clock = setClock();
  const machine = new BreakerMachine({
    ...settings,
    tally: consecutiveFailures(settings.failures).tally(),
    openForMs,
    openForMaxMs,
    onChange: undefined,
  });
  const described = new Described(settings);
  const outstanding: Outstanding[] = [];
  for (let step = 0; step < steps; step++) {
    const drawn = random();
    if (drawn < 0.45) admitOne(machine, described, outstanding, clock);
    else if (drawn < 0.85) {
      const [ended] = outstanding.splice(Math.floor(random() * outstanding.length), 1);
      if (!ended) continue;
      if (lossy && random() < 0.1) continue;
      endOne(machine, described, ended, random(), clock);
    } else clock.at += random() * 150;
    expect(machine.state, `after step ${step}`).toBe(described.state);
  }
  clock.at += openForMaxMs + 1;
  expect(machine.admit(clock), 'stuck for good').not.toBe(refused);
}

function admitOne(machine: BreakerMachine, described: Described, outstanding: Outstanding[], clock: Clock): void {
  const expected = described.admits(clock.now());
  expect(machine.admits(clock)).toBe(expected);
  const ticket = machine.admit(clock);
  expect(ticket !== refused).toBe(expected);
  if (ticket === refused) return;
  const era = described.state === 'closed' ? 'closed' : 'probe';
  described.admitted(ticket, clock.now());
  outstanding.push({ ticket, era });
  expect(described.probes.length).toBeLessThanOrEqual(described.settings.probes);
}

function endOne(machine: BreakerMachine, described: Described, { ticket, era }: Outstanding, drawn: number, clock: Clock): void {
  const current = era === 'probe' ? described.probes.includes(ticket) : described.state === 'closed' && isOfThisEra(machine, ticket, clock);
  const outcome = drawn < 0.45 ? 'failed' : drawn < 0.9 ? 'ok' : 'ignored';
  described.ended(ticket, era, outcome, clock.now(), current);
  if (outcome === 'ok') machine.succeeded(ticket, clock);
  else if (outcome === 'failed') machine.failed(ticket, clock);
  else machine.ignored(ticket);
}

/** A closed breaker gives every call the ticket of its era. */
const isOfThisEra = (machine: BreakerMachine, ticket: Ticket, clock: Clock): boolean => machine.admit(clock) === ticket;

describe('the states of a breaker', () => {
  it('are those of its description through 100,000 interleaved steps, and never stuck', () => {
    const random = seededRandom(20_261_123);
    for (let life = 0; life < 1_000; life++) {
      const settings = {
        failures: 1 + Math.floor(random() * 4),
        probes: 1 + Math.floor(random() * 3),
        successesToClose: 1 + Math.floor(random() * 3),
      };
      interleave(random, settings, 100, life % 2 === 0);
    }
  });

  it('are told one by one, with their cause', async () => {
    const clock = manualClock();
    const told: string[] = [];
    const machine = new BreakerMachine({
      tally: consecutiveFailures(1).tally(),
      openForMs,
      openForMaxMs,
      probes: 1,
      successesToClose: 1,
      onChange: ({ from, to, cause }) => told.push(`${from} → ${to}: ${cause}`),
    });
    machine.failed(machine.admit(clock), clock);
    await clock.advance(openForMs);
    machine.succeeded(machine.admit(clock), clock);
    machine.force('open');
    machine.force('auto');
    expect(told).toEqual([
      'closed → open: failures',
      'open → half-open: time',
      'half-open → closed: probe',
      'closed → open: forced',
      'open → closed: forced',
    ]);
  });

  it('keep the pause growing while probes fail, up to its bound', async () => {
    const clock = manualClock();
    const machine = new BreakerMachine({
      tally: consecutiveFailures(1).tally(),
      openForMs,
      openForMaxMs,
      probes: 1,
      successesToClose: 1,
      onChange: undefined,
    });
    const pauses: number[] = [];
    for (let time = 0; time < 4; time++) {
      machine.failed(machine.admit(clock), clock);
      pauses.push(machine.waitMs(clock));
      await clock.advance(machine.waitMs(clock));
    }
    expect(pauses).toEqual([100, 200, 400, 400]);
  });
});
