/** Something that was done to the world, in the order in which it was done. */
export interface Effect {
  readonly saga: string;
  readonly step: string;
  readonly what: 'do' | 'undo';
}

/** The services that steps talk to: each effect of a key counts once, and a caller with an old fence is refused. */
export class World {
  readonly effects: Effect[] = [];
  readonly #done = new Set<string>();
  readonly #fences = new Map<string, number>();

  has(saga: string, step: string): boolean {
    return this.#done.has(`${saga}/${step}/do`);
  }

  do(saga: string, step: string, fence: number): void {
    this.#heed(saga, fence);
    this.#once({ saga, step, what: 'do' });
  }

  /** Nothing is undone that was not done, and from then on it cannot be done any more. */
  undo(saga: string, step: string, fence: number): void {
    this.#heed(saga, fence);
    if (this.has(saga, step)) this.#once({ saga, step, what: 'undo' });
  }

  /** Whoever talks to a service says which fence he has. */
  #heed(saga: string, fence: number): void {
    if (fence < (this.#fences.get(saga) ?? 0)) throw new Error('somebody else has this saga');
    this.#fences.set(saga, fence);
  }

  #once(effect: Effect): void {
    const key = `${effect.saga}/${effect.step}/${effect.what}`;
    if (this.#done.has(key)) return;
    this.#done.add(key);
    this.effects.push(effect);
  }
}
