import { expect, it } from 'vitest';
import { providers, providersIn } from './providers.ts';

const ids = (text: string) => providersIn(text).map(({ id }) => id);

it('finds every provider by its name', () => {
  for (const { id, name } of providers.filter((provider) => !['SCC', 'CPR', 'WIPO', 'FINRA'].includes(provider.id)))
    expect(ids(`the rules of ${name}`)).toContain(id);
});

it('keeps the order in which a text names them', () => {
  expect(ids('JAMS administers it; failing JAMS, the American Arbitration Association does.')).toEqual(['JAMS', 'AAA']);
});

it('counts the international division as the American Arbitration Association', () => {
  expect(ids('under the AAA-ICDR rules of the International Centre for Dispute Resolution')).toEqual(['AAA']);
});

it('reads a name over a line end', () => {
  expect(ids('the London Court of\n International\tArbitration')).toEqual(['LCIA']);
});

it('is not misled by other words with these letters', () => {
  expect(ids('an AAA-rated insurer, traffic jams, the ICC profile, Vietnam and aaa batteries')).toEqual([]);
});
