import type { Random } from '@tutti/core';
import type { ActivePlan, TrafficRoute, TrafficTarget } from './active-plan.ts';
import { headerOf, type RequestFacts, unitOf } from './request-facts.ts';
import { fraction, hashText, mix } from './unit-hash.ts';

/** The versions that have an endpoint which may take a request now: a Set of their names, or a Map from them. */
export interface AvailableVersions {
  has(version: string): boolean;
}

/**
 * Which version a request goes to. Pure but for `random`, which is drawn only for requests without a unit, and allocates nothing.
 *
 * Units are assigned by weighted rendezvous (Thaler and Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", 1998; weights
 * after Schindelhauer and Schomaker, "Weighted Distributed Hash Tables", 2005): each version draws a time for the unit, exponential at the rate of its weight,
 * and the earliest wins. A larger weight only makes its own times earlier, so units move to that version and to no other.
 */
export function route(active: ActivePlan, facts: RequestFacts, random: Random, available: AvailableVersions): TrafficRoute {
  const meant = ruled(active, facts) ?? split(active, facts, random, undefined);
  if (meant === undefined) return active.anywhere;
  if (available.has(meant.version)) return meant.chosen;
  if (!active.spills) return meant.absent;
  if (active.targets.length === 0) return active.anywhere;
  return split(active, facts, random, available)?.spilled ?? meant.absent;
}

function ruled({ rules }: ActivePlan, facts: RequestFacts): TrafficTarget | undefined {
  for (let at = 0; at < rules.length; at++) {
    const rule = rules[at];
    if (rule === undefined || (rule.tenant !== undefined && rule.tenant !== facts.tenant)) continue;
    let holds = true;
    for (let each = 0; holds && each < rule.headers.length; each++) {
      const wanted = rule.headers[each];
      holds = wanted !== undefined && headerOf(facts, wanted[0]) === wanted[1];
    }
    if (holds) return rule.target;
  }
  return undefined;
}

/** By weight, among those that are available or among all. */
function split(active: ActivePlan, facts: RequestFacts, random: Random, only: AvailableVersions | undefined): TrafficTarget | undefined {
  if (active.targets.length === 0) return undefined;
  const unit = unitOf(facts, active.bucketBy);
  return unit === undefined ? byChance(active, random, only) : earliest(active, hashText(unit), only);
}

function earliest({ targets }: ActivePlan, unit: number, only: AvailableVersions | undefined): TrafficTarget | undefined {
  let winner: TrafficTarget | undefined;
  let best = Number.POSITIVE_INFINITY;
  for (let at = 0; at < targets.length; at++) {
    const target = targets[at] as TrafficTarget;
    if (only !== undefined && !only.has(target.version)) continue;
    const time = -Math.log(fraction(mix(unit ^ target.seed))) / target.weight;
    if (time >= best) continue;
    best = time;
    winner = target;
  }
  return winner;
}

function byChance({ targets, totalWeight }: ActivePlan, random: Random, only: AvailableVersions | undefined): TrafficTarget | undefined {
  let rest = random() * (only === undefined ? totalWeight : weightOf(targets, only));
  let last: TrafficTarget | undefined;
  for (let at = 0; at < targets.length; at++) {
    const target = targets[at] as TrafficTarget;
    if (only !== undefined && !only.has(target.version)) continue;
    last = target; // sums of fractions round: what is left over after the last one is its own
    rest -= target.weight;
    if (rest < 0) break;
  }
  return last;
}

function weightOf(targets: readonly TrafficTarget[], only: AvailableVersions): number {
  let sum = 0;
  for (let at = 0; at < targets.length; at++) {
    const target = targets[at] as TrafficTarget;
    if (only.has(target.version)) sum += target.weight;
  }
  return sum;
}
