import { describe, expect, it } from 'vitest';
import type { IncomingRequest } from '../http/exchange.ts';
import { RequestHeaders } from '../http/request-headers.ts';
import { Redaction } from './redaction.ts';

const redaction = new Redaction({ headers: ['X-Household'], parameters: ['Pet'] });

describe('redaction', () => {
  it.each([
    ['authorization', 'Bearer x', '[redacted]'],
    ['cookie', 'a=1', '[redacted]'],
    ['x-api-key', 'k', '[redacted]'],
    ['x-csrf-token', 'k', '[redacted]'],
    ['x-household', 'k', '[redacted]'],
    ['user-agent', 'curl', 'curl'],
    ['referer', 'https://ann:pw@h/p?token=t&a=1#t', 'https://[redacted]@h/p?token=[redacted]&a=1#[redacted]'],
  ])('shows of the header %s: %s only %s', (name, value, shown) => {
    expect(redaction.header(name, value)).toBe(shown);
  });

  it.each([
    ['/a?b=1', '/a?b=1'],
    ['/a?access_token=s&b=1', '/a?access_token=[redacted]&b=1'],
    ['/a?acc%65ss_token=s', '/a?acc%65ss_token=[redacted]'],
    ['/a?b=1;API_KEY=s;c', '/a?b=1;API_KEY=[redacted];c'],
    ['/a?code=s&pet=rex&X-Amz-Signature=s', '/a?code=[redacted]&pet=[redacted]&X-Amz-Signature=[redacted]'],
    ['/a?token=s?x=y', '/a?token=[redacted]'],
    ['/token=s', '/token=s'],
  ])('shows of the target %s only %s', (target, shown) => {
    expect(redaction.url(target)).toBe(shown);
  });

  it('finds what a request brought in whatever is written about it', () => {
    const raw = [
      'Authorization',
      `Basic ${Buffer.from('ann:hunter2').toString('base64')}`,
      'Cookie',
      'sid=abcd1234; b=2',
      'X-Household',
      'seven',
    ];
    const request = { headers: new RequestHeaders(raw), target: '/?password=two%20words&q=shown' } as Partial<IncomingRequest>;
    const scrub = redaction.scrubber(request as IncomingRequest);
    expect(scrub('ann:hunter2 abcd1234 seven two words two%20words shown')).toBe(
      '[redacted] [redacted] [redacted] [redacted] [redacted] shown',
    );
  });

  it('is refused where a name is none', () => {
    expect(() => new Redaction({ headers: [''] })).toThrow(/gateway\.redact\.headers\[0\]/);
  });
});
