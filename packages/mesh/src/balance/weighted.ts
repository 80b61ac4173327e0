import { type Balance, type Balancer, type Candidate, type Pick, usable } from './candidate.ts';

/**
 * Shares in proportion to weights, spread as evenly as can be: 5, 1 and 1 give a a b a c a a (the smooth weighted round robin of
 * nginx). Each pick gives every candidate its weight in credit and takes the sum from the one with most.
 */
export function weighted(): Balancer {
  const credits = new WeakMap<Candidate, Credit>();
  return { name: 'weighted', over: (candidates) => new Smooth(candidates, credits) };
}

/** Belongs to a candidate for as long as that lives, so that a change of the set disturbs nothing. */
interface Credit {
  amount: number;
}

class Smooth<C extends Candidate> implements Balance<C> {
  readonly #candidates: readonly C[];
  readonly #credits: readonly Credit[];

  constructor(candidates: readonly C[], credits: WeakMap<Candidate, Credit>) {
    this.#candidates = candidates;
    this.#credits = candidates.map((candidate) => {
      const credit = credits.get(candidate) ?? { amount: 0 };
      credits.set(candidate, credit);
      return credit;
    });
  }

  next(pick: Pick): C | undefined {
    let best = -1;
    let most = Number.NEGATIVE_INFINITY;
    let sum = 0;
    for (let index = 0; index < this.#credits.length; index++) {
      const candidate = this.#candidates[index] as C;
      if (!usable(candidate, pick)) continue;
      const weight = candidate.weight * candidate.share(pick.now);
      const credit = this.#credits[index] as Credit;
      credit.amount += weight;
      sum += weight;
      if (credit.amount > most) {
        most = credit.amount;
        best = index;
      }
    }
    if (best === -1) return undefined;
    (this.#credits[best] as Credit).amount = most - sum;
    return this.#candidates[best];
  }
}
