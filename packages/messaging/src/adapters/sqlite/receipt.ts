/** A delivery as its receipt names it. */
export interface Held {
  readonly seq: number;
  readonly fence: number;
}

export const receiptOf = ({ seq, fence }: Held): string => `${seq}:${fence}`;

/** Undefined for what no delivery can be named by. */
export function heldOf(receipt: string): Held | undefined {
  const colon = receipt.indexOf(':');
  const [seq, fence] = [Number(receipt.slice(0, colon)), Number(receipt.slice(colon + 1))];
  return colon > 0 && Number.isSafeInteger(seq) && Number.isSafeInteger(fence) ? { seq, fence } : undefined;
}

/** The seqs of deliveries by their fence: nearly always one list, as most deliveries are first ones. */
export function byFence(deliveries: readonly Held[]): ReadonlyMap<number, readonly number[]> {
  const lists = new Map<number, number[]>();
  for (const { seq, fence } of deliveries) {
    const list = lists.get(fence);
    if (list) list.push(seq);
    else lists.set(fence, [seq]);
  }
  return lists;
}
