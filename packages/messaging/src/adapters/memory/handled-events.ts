import type { InboxWindow } from '../../transport/event-transport.ts';

/** The identities that a subscription acknowledged, newest last, within a window. */
export class HandledEvents {
  readonly #at = new Map<string, number>();

  has(identity: string): boolean {
    return this.#at.has(identity);
  }

  add(identity: string, now: number, { maxAgeMs, maxEvents }: InboxWindow): void {
    this.#at.delete(identity);
    this.#at.set(identity, now);
    for (const [oldest, at] of this.#at) {
      if (this.#at.size <= maxEvents && now - at <= maxAgeMs) return;
      this.#at.delete(oldest);
    }
  }
}
