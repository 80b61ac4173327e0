import { expect, it } from 'vitest';
import { clientBucket } from './client-bucket.ts';

it.each([
  ['192.0.2.7', 'client:192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', 'client:2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::9', 'client:2001:db8:1:2::/64'],
  ['2001:db8::1', 'client:2001:db8:0:0::/64'],
  ['::1', 'client:0:0:0:0::/64'],
  ['2001:db8:1:2::', 'client:2001:db8:1:2::/64'],
  ['::', 'client:0:0:0:0::/64'],
  [undefined, 'client:unknown'],
])('the bucket of %s is %s', (address, bucket) => {
  expect(clientBucket(address)).toBe(bucket);
});

it('is one for all addresses that one IPv6 client can have', () => {
  const addresses = Array.from({ length: 1_000 }, (_, index) => `2001:db8:1:2:${index.toString(16)}::${(index * 7).toString(16)}`);
  expect(new Set(addresses.map(clientBucket)).size).toBe(1);
});
