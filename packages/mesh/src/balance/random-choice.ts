import { type Balance, type Balancer, type Candidate, type Pick, usable } from './candidate.ts';
import { Urn } from './draw.ts';

/** Each request goes anywhere, in proportion to weights. */
export function randomChoice(): Balancer {
  return { name: 'random', over: (candidates) => new Drawing(candidates) };
}

const tries = 8;

class Drawing<C extends Candidate> implements Balance<C> {
  readonly #urn: Urn<C>;

  constructor(candidates: readonly C[]) {
    this.#urn = new Urn(candidates);
  }

  next(pick: Pick): C | undefined {
    return this.#urn.draw(pick, tries) ?? anyFrom(this.#urn.candidates, pick);
  }
}

/** The first that may be taken, from a random place on: nearly all are refused, so all have to be looked at. */
export function anyFrom<C extends Candidate>(candidates: readonly C[], pick: Pick): C | undefined {
  const start = Math.floor(pick.random() * candidates.length);
  for (let step = 0; step < candidates.length; step++) {
    const candidate = candidates[(start + step) % candidates.length] as C;
    if (usable(candidate, pick)) return candidate;
  }
  return undefined;
}
