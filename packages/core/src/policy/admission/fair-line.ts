import { Chain } from './chain.ts';
import { dealHand } from './deal-hand.ts';
import { LinePace } from './pace.ts';
import { Flow, type Waiting } from './waiting.ts';

const flowCount = 64;
const handSize = 8;

/**
 * The calls of one class that wait. They wait in 64 queues, served in turn; a key may use eight of them, drawn from its name, and
 * waits in the shortest of those. So one key that sends much fills eight queues and no more, and another one, whose eight
 * are different, waits for one turn (shuffle sharding and fair queuing, as in the API priority and fairness of Kubernetes).
 */
export class FairLine {
  readonly pace: LinePace = new LinePace();
  readonly #max: number;
  readonly #seed: number;
  readonly #flows: Flow[] = Array.from({ length: flowCount }, () => new Flow());
  /** Those in which somebody waits; the next to be served first. */
  readonly #turns = new Chain<Flow>();
  readonly #hand = new Uint8Array(handSize);
  #size = 0;

  constructor(max: number, seed: number) {
    this.#max = max;
    this.#seed = seed;
  }

  get size(): number {
    return this.#size;
  }

  get full(): boolean {
    return this.#size >= this.#max;
  }

  /** The queue in which a call with this key waits. */
  flowOf(key: string): Flow {
    dealHand(key, this.#seed, flowCount, this.#hand);
    let shortest: Flow | undefined;
    for (const card of this.#hand) {
      const flow = this.#flows[card] as Flow;
      if (!shortest || flow.size < shortest.size) shortest = flow;
    }
    return shortest as Flow;
  }

  /** How many at most are served before whoever comes to the end of this queue now. */
  ahead(flow: Flow): number {
    return Math.min(this.#size, (flow.size + 1) * this.#turns.size);
  }

  add(waiting: Waiting): void {
    const { flow } = waiting;
    if (this.#size++ === 0) this.pace.began(waiting.since);
    flow.append(waiting);
    if (flow.size === 1) this.#turns.append(flow);
  }

  remove(waiting: Waiting): void {
    const { flow } = waiting;
    this.#size--;
    flow.remove(waiting);
    if (flow.size === 0) this.#turns.remove(flow);
  }

  /** Takes out who is next, and lets the other queues have their turns before this one's comes again. */
  takeNext(): Waiting | undefined {
    const flow = this.#turns.first;
    const next = flow?.first;
    if (!flow || !next) return undefined;
    this.remove(next);
    if (flow.size > 0) {
      this.#turns.remove(flow);
      this.#turns.append(flow);
    }
    return next;
  }

  /** Who has to go in a full line so that it becomes fairer by somebody new in this queue: the youngest of the longest, if that is longer than this one would be. */
  displacedBy(flow: Flow): Waiting | undefined {
    let longest = flow;
    for (let each = this.#turns.first; each; each = each.next) if (each.size > longest.size) longest = each;
    return longest.size > flow.size + 1 ? longest.last : undefined;
  }

  /** Since when the longest waiting has waited; `Infinity` when nobody does. */
  oldestSince(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (let each = this.#turns.first; each; each = each.next) if (each.first && each.first.since < oldest) oldest = each.first.since;
    return oldest;
  }
}
