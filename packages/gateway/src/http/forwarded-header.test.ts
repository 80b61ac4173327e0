import { expect, it } from 'vitest';
import { forwardedElements } from './forwarded-header.ts';

it.each<[string, readonly object[]]>([
  ['for=192.0.2.43', [{ for: '192.0.2.43' }]],
  ['For="[2001:db8:cafe::17]:4711"', [{ for: '[2001:db8:cafe::17]:4711' }]],
  ['for=192.0.2.60;proto=http;by=203.0.113.43', [{ for: '192.0.2.60', proto: 'http', by: '203.0.113.43' }]],
  ['for=192.0.2.43, for=198.51.100.17', [{ for: '192.0.2.43' }, { for: '198.51.100.17' }]],
  ['for="_gazonk"', [{ for: '_gazonk' }]],
  ['for="a\\"b,c;d";by=x', [{ for: 'a"b,c;d', by: 'x' }]],
  ['for=2001:db8::1', [{ for: '2001:db8::1' }]],
  ['for=', [{ for: '' }]],
  ['for=1.2.3.4;', [{ for: '1.2.3.4' }]],
  ['', []],
])('reads %s', (value, elements) => {
  expect(forwardedElements(value)).toEqual(elements);
});

it.each([
  'for="1.2.3.4, for=5.6.7.8',
  'for="1.2.3.4, for=5.6.7.8;by="y"',
  'for=1.2.3.4;;proto=x, for=5.6.7.8',
  'for=1.1.1.1, =, for=5.6.7.8',
  'for=9.9.9.9,, for=5.6.7.8',
  'for = 9.9.9.9, for=5.6.7.8',
])('drops what stands before something that it cannot read, as %s', (value) => {
  const elements = forwardedElements(value);
  expect(elements).toHaveLength(2);
  expect(elements[0]).toEqual({});
  expect(elements[1]).toMatchObject({ for: '5.6.7.8' });
});

it('has nothing to say of what cannot be read at all', () => {
  expect(forwardedElements('for="1.2.3.4')).toEqual([]);
});
