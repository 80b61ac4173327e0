import { describe, expect, it } from 'vitest';
import { optOutIn } from './opt-out.ts';

describe('the days to opt out', () => {
  it.each([
    ['You can decline this agreement to arbitrate by emailing an opt-out notice to opt-out@example.com within 30 days of first use.', 30],
    [
      'You may opt out of this agreement to arbitrate. To opt out, you must notify us in writing postmarked within 30 days of accepting.',
      30,
    ],
    [
      'If you don’t want to be bound by the arbitration provisions, you must notify us in writing within thirty (30) days of acceptance.',
      30,
    ],
    ['You have the right to opt out of arbitration. The notice must be sent within ninety days after you register.', 90],
    ['You may reject this Arbitration Agreement by sending an email no later than sixty calendar days after the effective date.', 60],
  ])('%s', (text, days) => {
    const found = optOutIn(text);
    expect(found?.days).toBe(days);
    expect(text.slice(found?.start, found?.end)).toContain('days');
  });
});

it('finds a right without days', () => {
  expect(optOutIn('You may opt out of arbitration by writing to us.')).toMatchObject({ start: 0 });
  expect(optOutIn('You may opt out of arbitration by writing to us.')?.days).toBeUndefined();
});

describe('other rights are not taken for it', () => {
  it.each([
    'If we change this arbitration provision, you may reject any such change by written notice within 30 days.',
    'In a mass arbitration, any claimant may opt out of the arbitration process within 60 days of the mediation period.',
    'You may opt out of marketing communications within 10 days. Arbitration is elsewhere.',
    'If the dispute is not resolved within 30 days, either party may commence arbitration.',
  ])('%s', (text) => {
    expect(optOutIn(text)).toBeUndefined();
  });
});
