import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addressBytes } from '../http/address.ts';
import { addressPrefix, prefixBitsDefaults } from './address-prefix.ts';

const prefix = addressPrefix(prefixBitsDefaults);

it.each([
  ['192.0.2.7', 'client:192.0.2.7'],
  ['::ffff:192.0.2.7', 'client:192.0.2.7'],
  ['::ffff:c000:0207', 'client:192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', 'client:2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::9', 'client:2001:db8:1:2::/64'],
  ['2001:db8::1', 'client:2001:db8:0:0::/64'],
  ['::1', 'client:0:0:0:0::/64'],
  ['2001:db8:1:2::', 'client:2001:db8:1:2::/64'],
  ['::', 'client:0:0:0:0::/64'],
  ['fe80::1%eth0', 'client:unknown'],
  ['unix', 'client:unknown'],
  [undefined, 'client:unknown'],
])('the bucket of %s is %s', (address, bucket) => {
  expect(prefix(address)).toBe(bucket);
});

it.each([
  [{ ipv4: 24, ipv6: 56 }, '192.0.2.7', 'client:192.0.2.0/24'],
  [{ ipv4: 20, ipv6: 56 }, '192.0.31.7', 'client:192.0.16.0/20'],
  [{ ipv4: 32, ipv6: 56 }, '2001:db8:1:2ff::1', 'client:2001:db8:1:200::/56'],
  [{ ipv4: 32, ipv6: 20 }, '2001:dff::1', 'client:2001:0:0:0::/20'],
])('with %j that of %s is %s', (bits, address, bucket) => {
  expect(addressPrefix(bits)(address)).toBe(bucket);
});

it('is that of the bytes of the address, however it is written', () => {
  const group = fc.oneof(fc.constant(0), fc.nat(0xffff));
  const bits = fc.record({ ipv4: fc.integer({ min: 8, max: 32 }), ipv6: fc.integer({ min: 16, max: 64 }) });
  const gaps = fc.record({ from: fc.nat(7), length: fc.nat(8) });
  fc.assert(
    fc.property(
      fc.tuple(group, group, group, group, group, group, group, group),
      gaps,
      bits,
      fc.boolean(),
      (groups, gap, prefixBits, dotted) => {
        const zeroed = groups.map((value, index) => (index >= gap.from && index < gap.from + gap.length ? 0 : value));
        const text = written(zeroed, gap, dotted);
        const bytes = addressBytes(text);
        expect(bytes, text).toBeDefined();
        fc.pre(bytes?.length === 16);
        const kept = zeroed.slice(0, 4).map((value, index) => {
          const counted = Math.min(16, Math.max(0, prefixBits.ipv6 - 16 * index));
          return Number.parseInt(value.toString(2).padStart(16, '0').slice(0, counted).padEnd(16, '0'), 2).toString(16);
        });
        expect(addressPrefix(prefixBits)(text), text).toBe(`client:${kept.join(':')}::/${prefixBits.ipv6}`);
      },
    ),
    { numRuns: 5_000 },
  );
});

/** With `::` in place of the zeros of the gap, and the last two groups as an IPv4 address where that is asked and they are not in it. */
function written(groups: readonly number[], gap: { readonly from: number; readonly length: number }, dotted: boolean): string {
  const end = Math.min(8, gap.from + gap.length);
  const tail = (from: number): readonly string[] => {
    const hex = groups.slice(from).map((value) => value.toString(16));
    if (!dotted || hex.length < 2) return hex;
    const bytes = groups.slice(6).flatMap((value) => [value >> 8, value & 0xff]);
    return [...hex.slice(0, -2), bytes.join('.')];
  };
  if (end - gap.from < 1) return tail(0).join(':');
  const head = groups.slice(0, gap.from).map((value) => value.toString(16));
  return `${head.join(':')}::${tail(end).join(':')}`;
}

it('is one for all 2^20 addresses that a client uses out of its /64 (G14)', { timeout: 120_000 }, () => {
  const seen = new Set<string>();
  for (let index = 0; index < 2 ** 20; index++)
    seen.add(prefix(`2001:db8:1:2:${(index >> 16).toString(16)}:${(index & 0xffff).toString(16)}::${(index % 7) + 1}`));
  expect(seen.size).toBe(1);
});
