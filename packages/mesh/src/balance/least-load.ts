import { type Balance, type Balancer, type Candidate, type Pick, usable } from './candidate.ts';
import { Urn } from './draw.ts';

/** What a candidate costs; the lower one wins. */
type Cost = (candidate: Candidate, now: number) => number;

/**
 * How much dearer an endpoint that only fails is. One that fails at once has nothing under way and would otherwise draw all
 * traffic to itself: 36 % in a simulation of ten, with one failing in a millisecond.
 */
const failingFactor = 50;

const connections: Cost = (candidate, now) => {
  const failing = candidate.failureShare(now);
  return ((candidate.inFlight + 1) * (1 + failingFactor * failing * failing)) / candidate.weight;
};

const load: Cost = (candidate, now) => candidate.load(now);

/**
 * The endpoint with the fewest requests under way for its weight: of two drawn at random (Mitzenmacher, "The Power of Two Choices",
 * 2001), or of all. Failing counts against it.
 */
export function leastConnections(options: { readonly scan?: 'two' | 'all' } = {}): Balancer {
  const { scan = 'two' } = options;
  return {
    name: 'least-connections',
    over: (candidates) => (scan === 'all' ? new Scan(candidates, connections) : new TwoChoices(candidates, connections)),
  };
}

/** Of two endpoints drawn at random the one where a request costs less: `load` of the candidate. */
export function peakEwma(): Balancer {
  return { name: 'peak-ewma', over: (candidates) => new TwoChoices(candidates, load) };
}

const tries = 5;

class TwoChoices<C extends Candidate> implements Balance<C> {
  readonly #urn: Urn<C>;
  readonly #cost: Cost;

  constructor(candidates: readonly C[], cost: Cost) {
    this.#urn = new Urn(candidates);
    this.#cost = cost;
  }

  next(pick: Pick): C | undefined {
    const { candidates } = this.#urn;
    const one = this.#urn.draw(pick, tries);
    if (one === undefined) return cheapest(candidates, pick, this.#cost);
    if (candidates.length === 1) return one;
    let other: C | undefined;
    for (let again = 0; again < tries && (other === undefined || other === one); again++) other = this.#urn.draw(pick, 1);
    if (other === undefined || other === one) return one;
    return this.#cost(other, pick.now) < this.#cost(one, pick.now) ? other : one;
  }
}

class Scan<C extends Candidate> implements Balance<C> {
  readonly #candidates: readonly C[];
  readonly #cost: Cost;

  constructor(candidates: readonly C[], cost: Cost) {
    this.#candidates = candidates;
    this.#cost = cost;
  }

  next(pick: Pick): C | undefined {
    return cheapest(this.#candidates, pick, this.#cost);
  }
}

/** Looks at all, from a random place on, so that those that cost the same share what comes. */
function cheapest<C extends Candidate>(candidates: readonly C[], pick: Pick, cost: Cost): C | undefined {
  const start = Math.floor(pick.random() * candidates.length);
  let best: C | undefined;
  let least = Number.POSITIVE_INFINITY;
  let reserve: C | undefined;
  for (let step = 0; step < candidates.length; step++) {
    const candidate = candidates[(start + step) % candidates.length] as C;
    if (!usable(candidate, pick)) continue;
    const share = candidate.share(pick.now);
    if (share < 1 && pick.random() >= share) {
      reserve ??= candidate;
      continue;
    }
    const costs = cost(candidate, pick.now);
    if (costs >= least) continue;
    least = costs;
    best = candidate;
  }
  return best ?? reserve;
}
