import { describe, expect, it } from 'vitest';
import type { IncomingRequest } from './exchange.ts';
import { RequestHeaders } from './request-headers.ts';
import { type ForwardingHeader, TrustedProxies } from './trusted-proxies.ts';

const ranges = ['10.0.0.0/8', '2001:db8:f::/48'];

function seen(peer: string, headers: readonly string[], by: ForwardingHeader = 'x-forwarded-for', trusted: readonly string[] = ranges) {
  const request: IncomingRequest = {
    method: 'GET',
    target: '/',
    httpVersion: '1.1',
    headers: new RequestHeaders(headers),
    body: undefined,
    clientAddress: peer,
  };
  const { clientAddress, proxies, scheme } = new TrustedProxies(trusted, by).seenThrough(request);
  return `${clientAddress} by ${proxies?.join() ?? 'nobody'}${scheme === undefined ? '' : ` over ${scheme}`}`;
}

describe('who asks, by X-Forwarded-For', () => {
  it.each<[string, string, readonly string[], string]>([
    ['the peer, when it is not trusted', '192.0.2.9', ['X-Forwarded-For', '10.0.0.1'], '192.0.2.9 by nobody'],
    ['the peer, when it says nothing', '10.0.0.1', [], '10.0.0.1 by '],
    ['whom a trusted peer names', '10.0.0.1', ['X-Forwarded-For', '198.51.100.7'], '198.51.100.7 by 10.0.0.1'],
    [
      'the true client behind three proxies, whatever it wrote itself',
      '10.0.0.3',
      ['X-Forwarded-For', '1.1.1.1, 10.9.9.9, 198.51.100.7', 'x-forwarded-for', '10.0.0.1', 'X-Forwarded-For', '10.0.0.2'],
      '198.51.100.7 by 10.0.0.1,10.0.0.2,10.0.0.3',
    ],
    ['the farthest, when all are trusted', '10.0.0.3', ['X-Forwarded-For', '10.0.0.1, 10.0.0.2'], '10.0.0.1 by 10.0.0.2,10.0.0.3'],
    [
      'whom it can still tell, before what is no address',
      '10.0.0.2',
      ['X-Forwarded-For', '1.1.1.1, unknown, 10.0.0.1'],
      '10.0.0.1 by 10.0.0.2',
    ],
    ['without its port', '10.0.0.1', ['X-Forwarded-For', '198.51.100.7:4711'], '198.51.100.7 by 10.0.0.1'],
    ['an IPv6 address in brackets', '2001:db8:f::1', ['X-Forwarded-For', '[2001:db8:a::1]:80'], '2001:db8:a::1 by 2001:db8:f::1'],
    ['an IPv4 address that was mapped', '10.0.0.1', ['X-Forwarded-For', '::ffff:198.51.100.7'], '198.51.100.7 by 10.0.0.1'],
    ['nobody by the header that is not read', '10.0.0.1', ['Forwarded', 'for=198.51.100.7'], '10.0.0.1 by '],
    ['nobody by an empty header', '10.0.0.1', ['X-Forwarded-For', ''], '10.0.0.1 by '],
  ])('is %s', (_title, peer, headers, expected) => {
    expect(seen(peer, headers)).toBe(expected);
  });

  it('is the peer where nobody is trusted', () => {
    expect(seen('10.0.0.1', ['X-Forwarded-For', '198.51.100.7'], 'x-forwarded-for', [])).toBe('10.0.0.1 by nobody');
  });
});

describe('by which scheme', () => {
  it.each<[readonly string[], string]>([
    [['X-Forwarded-For', '198.51.100.7', 'X-Forwarded-Proto', 'https'], '198.51.100.7 by 10.0.0.2 over https'],
    [
      ['X-Forwarded-For', '1.1.1.1, 198.51.100.7, 10.0.0.1', 'X-Forwarded-Proto', 'http, https, http'],
      '198.51.100.7 by 10.0.0.1,10.0.0.2 over https',
    ],
    [['X-Forwarded-For', '1.1.1.1, 198.51.100.7', 'X-Forwarded-Proto', 'HTTPS'], '198.51.100.7 by 10.0.0.2 over https'],
    [['X-Forwarded-For', '198.51.100.7', 'X-Forwarded-Proto', 'gopher'], '198.51.100.7 by 10.0.0.2'],
  ])('%j is %s', (headers, expected) => {
    expect(seen('10.0.0.2', headers)).toBe(expected);
  });
});

describe('who asks, by Forwarded', () => {
  it.each<[string, string]>([
    ['for=198.51.100.7;proto=https', '198.51.100.7 by 10.0.0.2 over https'],
    ['for=1.1.1.1, for="198.51.100.7:80", for=10.0.0.1', '198.51.100.7 by 10.0.0.1,10.0.0.2'],
    ['for="[2001:db8:a::1]"', '2001:db8:a::1 by 10.0.0.2'],
    ['for=1.1.1.1, for=_hidden, for=10.0.0.1', '10.0.0.1 by 10.0.0.2'],
    ['for="1.1.1.1, for=198.51.100.7', '198.51.100.7 by 10.0.0.2'],
    ['proto=https', '10.0.0.2 by '],
  ])('%s is %s', (value, expected) => {
    expect(seen('10.0.0.2', ['Forwarded', value, 'X-Forwarded-For', '9.9.9.9'], 'forwarded')).toBe(expected);
  });
});
