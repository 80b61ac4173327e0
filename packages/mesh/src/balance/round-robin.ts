import { type Balance, type Balancer, type Candidate, type Pick, usable } from './candidate.ts';

/** Endpoints take turns in the order of their ids; a change of the set does not disturb the round. Weights count for nothing. */
export function roundRobin(): Balancer {
  const round: Memory = { last: '' };
  return { name: 'round-robin', over: (candidates) => new Round(candidates, round) };
}

/** Who had the last turn: a set that has changed goes on with the one after it. */
interface Memory {
  last: string;
}

class Round<C extends Candidate> implements Balance<C> {
  readonly #candidates: readonly C[];
  readonly #round: Memory;
  #turn: number;

  constructor(candidates: readonly C[], round: Memory) {
    this.#candidates = candidates;
    this.#round = round;
    this.#turn = candidates.findIndex(({ instanceId }) => instanceId > round.last);
    if (this.#turn === -1) this.#turn = 0;
  }

  next(pick: Pick): C | undefined {
    return this.#goRound(pick, true) ?? this.#goRound(pick, false);
  }

  /** An endpoint that is led up lets most of its turns pass, unless nobody else takes them. */
  #goRound(pick: Pick, politely: boolean): C | undefined {
    const { length } = this.#candidates;
    for (let step = 0; step < length; step++) {
      const index = (this.#turn + step) % length;
      const candidate = this.#candidates[index] as C;
      if (!usable(candidate, pick)) continue;
      if (politely) {
        const share = candidate.share(pick.now);
        if (share < 1 && pick.random() >= share) continue;
      }
      this.#turn = (index + 1) % length;
      this.#round.last = candidate.instanceId;
      return candidate;
    }
    return undefined;
  }
}
