import { describe, expect, it } from 'vitest';
import { rangeToWire } from './etcd-range.ts';
import { entryOfWire, eventsOfWire, toWire, wireEndOf } from './etcd-wire.ts';

const plain = (base64: string): string => Buffer.from(base64, 'base64').toString('latin1');

describe('the JSON of etcd', () => {
  it('ends a prefix after all that begin with it, and before all that do not', () => {
    for (const prefix of ['a/', 'z', 'ключ', '\u{10ffff}']) {
      const [first, last, end] = [toWire(prefix), toWire(`${prefix}\u{10ffff}\u{10ffff}`), wireEndOf(prefix)].map((key) =>
        Buffer.from(key, 'base64'),
      );
      expect(Buffer.compare(first as Buffer, end as Buffer)).toBe(-1);
      expect(Buffer.compare(last as Buffer, end as Buffer)).toBe(-1);
    }
    expect(plain(wireEndOf('voice/'))).toBe('voice0');
  });

  it('leaves out zeros and empty values, which are read as such', () => {
    expect(entryOfWire({ key: toWire('a') })).toEqual({ key: 'a', value: '', modRevision: 0n, lease: '0' });
    expect(eventsOfWire({})).toEqual([]);
    expect(
      eventsOfWire({
        events: [{ kv: { key: toWire('a'), mod_revision: '9007199254740993' } }, { type: 'DELETE', kv: { key: toWire('b') } }],
      }),
    ).toEqual([
      { kind: 'put', entry: { key: 'a', value: '', modRevision: 9_007_199_254_740_993n, lease: '0' } },
      { kind: 'delete', key: 'b' },
    ]);
  });

  it('reads a prefix from after a key on', () => {
    const { key, range_end } = rangeToWire({ prefix: 'v/', after: 'v/a', limit: 5, revision: 2n ** 60n }) as Record<string, string>;
    expect([plain(key ?? ''), plain(range_end ?? '')]).toEqual(['v/a\0', 'v0']);
  });
});
