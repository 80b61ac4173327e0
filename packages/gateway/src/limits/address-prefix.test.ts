import { expect, it } from 'vitest';
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

it('is one for all 2^20 addresses that a client uses out of its /64 (G14)', () => {
  const seen = new Set<string>();
  for (let index = 0; index < 2 ** 20; index++)
    seen.add(prefix(`2001:db8:1:2:${(index >> 16).toString(16)}:${(index & 0xffff).toString(16)}::${(index % 7) + 1}`));
  expect(seen.size).toBe(1);
});
