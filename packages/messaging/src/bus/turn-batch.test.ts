import { describe, expect, it } from 'vitest';
import { TurnBatch } from './turn-batch.ts';

/** Records every batch and answers each number with its double. */
function doubling() {
  const batches: (readonly number[])[] = [];
  const batch = new TurnBatch<number, number>(async (items) => {
    batches.push(items);
    return items.map((item) => item * 2);
  });
  return { batch, batches };
}

describe('TurnBatch', () => {
  it('sends what was added in one turn as one batch, in order, and answers each', async () => {
    const { batch, batches } = doubling();
    expect(await Promise.all([batch.add(1), batch.add(2), batch.add(3)])).toEqual([2, 4, 6]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('does not hold a lone item back until a timer or the next macrotask', async () => {
    const { batch, batches } = doubling();
    void batch.add(1);
    await Promise.resolve();
    expect(batches).toEqual([[1]]);
  });

  it('sends the next turn without waiting for the answer to the last', async () => {
    const { batch, batches } = doubling();
    await Promise.all([
      batch.add(1),
      Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => batch.add(2)),
    ]);
    expect(batches).toEqual([[1], [2]]);
  });

  it('rejects every item of a batch that failed, and only those', async () => {
    let fail = true;
    const batch = new TurnBatch<number, number>((items) => (fail ? Promise.reject(new Error('away')) : Promise.resolve(items)));
    const failed = await Promise.allSettled([batch.add(1), batch.add(2)]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fail = false;
    expect(await batch.add(3)).toBe(3);
  });

  it('says when everything added so far has its answer', async () => {
    const answered: number[] = [];
    const { batch } = doubling();
    void batch.add(1).then((result) => answered.push(result));
    await batch.settled();
    expect(answered).toEqual([2]);
  });
});
