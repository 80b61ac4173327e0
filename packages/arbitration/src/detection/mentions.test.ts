import { describe, expect, it } from 'vitest';
import { institutionNamesOf, mentionsOf } from './mentions.ts';

describe('a mention', () => {
  it.each([
    'arbitration',
    'ARBITRATORS',
    'Arbitral',
    'non-arbitrable',
    'arbitrability',
    'arbi-\n   tration',
    'a r b i t r a t i o n',
    '**arb**itration',
    'arb1tration',
    'arbi\u00adtration',
  ])('%s', (text) => {
    expect(mentionsOf(`the ${text} clause`)).toHaveLength(1);
  });
});

describe('no mention', () => {
  it.each(['arbitrary', 'arbitrarily', 'arbitrage', 'a rabbit ran', 'bar bit rate'])('%s', (text) => {
    expect(mentionsOf(`the ${text} clause`)).toEqual([]);
  });
});

it('gives the offsets in order', () => {
  expect(mentionsOf('Arbitration by arbitrators')).toEqual([0, 15]);
});

it('finds institutions that are named without the word', () => {
  expect(institutionNamesOf('under the LCIA Rules or JAMS, not NICCOLO')).toEqual([10, 24]);
});
