import type { SqliteDatabase } from '@tutti/core/sqlite';
import { byFence, heldOf, receiptOf } from './receipt.ts';

const stillHeldSql = 'SELECT seq FROM bus_deliveries WHERE subscription = ?1 AND fence = ?2 AND seq IN (SELECT value FROM json_each(?3))';

/** From how many on it is looked whether some were lost: a member that was overtaken says no more about them. */
const manyHeld = 4_096;

export interface HeldReceiptsOptions {
  readonly database: SqliteDatabase;
  /** The row of the subscription. */
  readonly subscription: number;
}

/** The deliveries that a member has in hand, with the identities of their events. */
export class HeldReceipts {
  readonly #options: HeldReceiptsOptions;
  readonly #identities = new Map<string, string | undefined>();
  #lookAt = manyHeld;

  constructor(options: HeldReceiptsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#identities.size;
  }

  add(receipt: string, identity: string | undefined): void {
    this.#identities.set(receipt, identity);
  }

  delete(receipt: string): void {
    this.#identities.delete(receipt);
  }

  identityOf(receipt: string): string | undefined {
    return this.#identities.get(receipt);
  }

  receipts(): Iterable<string> {
    return this.#identities.keys();
  }

  async stillHeld(receipt: string): Promise<boolean> {
    const held = heldOf(receipt);
    return held !== undefined && (await this.#held(held.fence, [held.seq])).length > 0;
  }

  /** Lets go, now and then, of what others have taken over. */
  async forgetLost(): Promise<void> {
    if (this.size < this.#lookAt) return;
    this.#lookAt = Number.POSITIVE_INFINITY;
    const receipts = [...this.receipts()];
    const kept = new Set<string>();
    for (const [fence, seqs] of byFence(receipts.map(heldOf).filter((held) => held !== undefined)))
      for (const seq of await this.#held(fence, seqs)) kept.add(receiptOf({ seq, fence }));
    for (const receipt of receipts) if (!kept.has(receipt)) this.delete(receipt);
    this.#lookAt = Math.max(manyHeld, this.size * 2);
  }

  async #held(fence: number, seqs: readonly number[]): Promise<readonly number[]> {
    const { database, subscription } = this.#options;
    const rows = await database.read(stillHeldSql, [subscription, fence, JSON.stringify(seqs)]);
    return rows.map(({ seq }) => Number(seq));
  }
}
