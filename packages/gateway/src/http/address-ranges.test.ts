import { describe, expect, it } from 'vitest';
import { AddressRanges, addressRange } from './address-ranges.ts';

describe('ranges of addresses', () => {
  it.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['10.0.0.0/8', '::ffff:a01:203', true],
    ['10.0.0.0/8', '0a01::1', false],
    ['192.168.4.0/22', '192.168.7.255', true],
    ['192.168.4.0/22', '192.168.8.0', false],
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '::1', false],
    ['fd00::/8', 'fdff:ffff::1', true],
    ['fd00::/8', 'fe00::1', false],
    ['2001:db8:0:1000::/52', '2001:db8:0:1fff:ffff:ffff:ffff:ffff', true],
    ['2001:db8:0:1000::/52', '2001:db8:0:2000::', false],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['::ffff:10.0.0.0', '10.0.0.0', true],
    ['10.0.0.0/8', '10.1', false],
    ['10.0.0.0/8', '012.0.0.1', false],
    ['fe80::/10', 'fe80::1%eth0', false],
    ['10.0.0.0/8', 'unknown', false],
  ])('%s holds %s: %s', (range, address, holds) => {
    expect(addressRange(range)).toBeUndefined();
    expect(new AddressRanges([range]).has(address)).toBe(holds);
  });

  it.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0/8', '10.0.0.0/8/8', 'fd00::/129', '10.0.0.0/-1', '10.0.0.0/8 ', 'example', '', 8])(
    '%j is no range',
    (range) => {
      expect(addressRange(range)).toMatch(/^must be a range of addresses/);
    },
  );

  it.each(['10.0.0.7/8', '10.128.0.0/8', 'fd00::1/8'])('%s is refused, because it means another range than it says', (range) => {
    expect(addressRange(range)).toMatch(/^must begin with the first address/);
  });
});
