import { expect, it } from 'vitest';
import { clientPrefix } from './client-prefix.ts';

it.each([
  ['192.0.2.77', '192.0.2.0/24'],
  ['::ffff:192.0.2.77', '192.0.2.0/24'],
  ['2001:db8:7:1::5', '2001:db8:7::/48'],
  ['::1', '0:0:0::/48'],
  ['ann.example', 'unknown'],
  [undefined, 'unknown'],
])('shows of %s the network %s', (address, prefix) => {
  expect(clientPrefix(address)).toBe(prefix);
});
