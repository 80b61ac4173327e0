import type { Candidate, Pick } from '../src/balance/candidate.ts';

/** A candidate that is whatever a test says. */
export class FakeCandidate implements Candidate {
  readonly instanceId: string;
  weight = 1;
  inFlight = 0;
  open = true;
  risen = 1;
  failing = 0;
  costs = 1;

  constructor(instanceId: string, given: Partial<Pick_> = {}) {
    this.instanceId = instanceId;
    Object.assign(this, given);
  }

  canTake(): boolean {
    return this.open;
  }

  share(): number {
    return this.risen;
  }

  failureShare(): number {
    return this.failing;
  }

  load(): number {
    return this.costs;
  }
}

type Pick_ = { [Key in 'weight' | 'inFlight' | 'open' | 'risen' | 'failing' | 'costs']: FakeCandidate[Key] };

export function pickWith(random: () => number, given: Partial<Pick> = {}): Pick {
  return { now: 0, random, exclude: [], hash: -1, inFlight: 0, ...given };
}

/** How often each id comes, of `count` picks. */
export function shares(count: number, next: () => { readonly instanceId: string } | undefined): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let each = 0; each < count; each++) {
    const id = next()?.instanceId ?? 'nobody';
    counts[id] = (counts[id] ?? 0) + 1;
  }
  return counts;
}
