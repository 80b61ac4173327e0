/** A delivery as its receipt names it. */
export interface Held {
  readonly seq: number;
  readonly fence: number;
}

export const receiptOf = ({ seq, fence }: Held): string => `${seq}:${fence}`;

export function heldOf(receipt: string): Held {
  const [seq, fence] = receipt.split(':');
  return { seq: Number(seq), fence: Number(fence) };
}

/** The seqs of receipts by their fence: nearly always one list, as most deliveries are first ones. */
export function byFence(receipts: readonly string[]): ReadonlyMap<number, readonly number[]> {
  const lists = new Map<number, number[]>();
  for (const receipt of receipts) {
    const { seq, fence } = heldOf(receipt);
    const list = lists.get(fence);
    if (list) list.push(seq);
    else lists.set(fence, [seq]);
  }
  return lists;
}
