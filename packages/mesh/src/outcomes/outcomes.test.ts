import { mergeOutcomes, noOutcomes, type OutcomeDelta, sumOutcomes } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutcomeLedger } from './outcome-ledger.ts';
import { latencyBucketCount, maxFailedUnits, Tally } from './tally.ts';

function ledger() {
  const runtime = testRuntime();
  const made = new OutcomeLedger('mesh-1', runtime);
  const heard: OutcomeDelta[] = [];
  made.watchOutcomes((delta) => heard.push(delta));
  return { runtime, ledger: made, heard };
}

describe('a tally', () => {
  it('puts a latency into the first bucket that holds it', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 3e6, noNaN: true }), (latencyMs) => {
        const counting = new Tally();
        counting.add(true, latencyMs, Number.NaN);
        const bucket = counting.take().latencyBuckets.indexOf(1);
        if (bucket < latencyBucketCount - 1) expect(latencyMs).toBeLessThanOrEqual(2 ** bucket);
        if (bucket > 0) expect(latencyMs).toBeGreaterThan(2 ** (bucket - 1));
      }),
    );
  });

  it.each([Number.NaN, -5, 0, 1])('counts %d ms as the shortest', (latencyMs) => {
    const counting = new Tally();
    counting.add(false, latencyMs, Number.NaN);
    expect(counting.take()).toMatchObject({ errors: 1, latencyBuckets: [1, ...new Array(latencyBucketCount - 1).fill(0)] });
  });

  it('names each unit that failed once, and none that did not', () => {
    const counting = new Tally();
    for (const unit of [9, 4, 9, 4]) counting.add(false, 1, unit);
    counting.add(true, 1, 7);
    expect(counting.take()).toMatchObject({ ok: 1, errors: 4, failedUnits: { hashes: [4, 9], cut: false } });
    counting.add(false, 1, Number.NaN);
    expect(counting.take()).not.toHaveProperty('failedUnits');
  });

  it('names no more units than it may, and says that there were more', () => {
    const counting = new Tally();
    for (let unit = 0; unit < maxFailedUnits; unit++) counting.add(false, 1, unit);
    counting.add(false, 1, 5);
    expect(counting.take().failedUnits).toMatchObject({ cut: false });
    for (let unit = 0; unit <= maxFailedUnits; unit++) counting.add(false, 1, unit);
    const { failedUnits } = counting.take();
    expect(failedUnits).toMatchObject({ cut: true });
    expect(failedUnits?.hashes).toHaveLength(maxFailedUnits);
  });
});

describe('a ledger', () => {
  it('tells every second what was recorded, and the rest when it stops', async () => {
    const { runtime, ledger: kept, heard } = ledger();
    kept.start();
    const counting = kept.recorder('voice', '1', 2);
    counting.record(true, 3);
    expect(heard).toEqual([]);
    await runtime.clock.advance(1_000);
    expect(heard).toMatchObject([{ sequence: 1, serviceName: 'voice', version: '1', planRevision: 2, assigned: false, ok: 1, errors: 0 }]);
    await runtime.clock.advance(5_000);
    expect(heard).toHaveLength(1);
    counting.record(false, 3);
    await kept.stop();
    expect(heard.slice(1)).toMatchObject([{ sequence: 2, ok: 0, errors: 1 }]);
  });

  it('counts each version and plan apart, and goes on counting for requests of an older plan', () => {
    const { ledger: kept, heard } = ledger();
    const old = kept.recorder('voice', '1', 2);
    const latest = kept.recorder('voice', '1', 3);
    for (const each of [old, latest, kept.recorder('voice', undefined, 3), kept.recorder('mail', '1', 2)]) each.record(true, 1);
    expect(kept.recorder('voice', '1', 3)).toBe(latest);
    kept.flush();
    expect(heard.map(({ serviceName, version, planRevision }) => [serviceName, version, planRevision])).toEqual([
      ['voice', '1', 2],
      ['voice', '1', 3],
      ['voice', '', 3],
      ['mail', '1', 2],
    ]);
    expect(heard.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
  });

  it('tells those that the weights assigned from those that came another way', () => {
    const { ledger: kept, heard } = ledger();
    const counting = kept.recorder('voice', '1', 2);
    counting.record(true, 1, 7, true);
    counting.record(false, 1, 8, false);
    counting.record(false, 1);
    kept.flush();
    expect(heard).toMatchObject([
      { sequence: 1, assigned: true, ok: 1, errors: 0, failedUnits: { hashes: [] } },
      { sequence: 2, assigned: false, ok: 0, errors: 2, failedUnits: { hashes: [8] } },
    ]);
  });

  it('has another name in each life, or the deltas of a restart would be taken for those before it', () => {
    const runtime = testRuntime();
    const [first, second] = [new OutcomeLedger('mesh-1', runtime), new OutcomeLedger('mesh-1', runtime)];
    expect(first.replica).not.toBe(second.replica);
  });

  it('loses nothing for a listener that throws', () => {
    const { ledger: kept, heard } = ledger();
    kept.watchOutcomes(() => {
      throw new Error('no');
    });
    kept.watchOutcomes((delta) => heard.push(delta));
    kept.recorder('voice', '1', 2).record(true, 1);
    kept.flush();
    expect(heard).toHaveLength(2);
  });

  it('tells deltas that merge to what was recorded, in any order and with duplicates', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ version: fc.constantFrom('1', '2'), ok: fc.boolean(), flush: fc.boolean() }), { maxLength: 40 }),
        fc.infiniteStream(fc.nat()),
        (requests, chance) => {
          const { ledger: kept, heard } = ledger();
          for (const { version, ok, flush } of requests) {
            kept.recorder('voice', version, 2).record(ok, 1);
            if (flush) kept.flush();
          }
          kept.flush();
          const order = new Map(heard.map((delta) => [delta, chance.next().value ?? 0]));
          const shuffled = [...heard, ...heard].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
          const sums = sumOutcomes(shuffled.reduce(mergeOutcomes, noOutcomes));
          for (const version of ['1', '2']) {
            const wanted = requests.filter((each) => each.version === version);
            const sum = sums.find((each) => each.version === version) ?? { ok: 0, errors: 0 };
            expect(sum.ok).toBe(wanted.filter(({ ok }) => ok).length);
            expect(sum.errors).toBe(wanted.filter(({ ok }) => !ok).length);
          }
        },
      ),
    );
  });
});
