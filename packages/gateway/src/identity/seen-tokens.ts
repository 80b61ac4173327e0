/** Ids of tokens that were used, until these end. */
export class SeenTokens {
  readonly #max: number;
  /** In the order of their use, which is nearly that of their end. */
  readonly #untilById: Map<string, number> = new Map();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#untilById.size;
  }

  /** False when it was used before, or cannot be remembered: whoever forgets would take it twice. */
  add(id: string, until: number, now: number): boolean {
    if (this.#untilById.has(id)) return false;
    for (const [old, oldUntil] of this.#untilById) {
      if (oldUntil > now) break;
      this.#untilById.delete(old);
    }
    if (this.#untilById.size >= this.#max) return false;
    this.#untilById.set(id, until);
    return true;
  }
}
