import { describe, expect, it } from 'vitest';
import { checkDelivery } from './check-delivery.ts';
import type { DeliveryHistory } from './history.ts';

const row = (id: string) => ({ id, key: id.split('-')[0] as string, number: Number(id.split('-')[1]) });
const history = (changes: Partial<DeliveryHistory> = {}): DeliveryHistory => ({
  acked: new Set(['k0-0', 'k0-1', 'k1-0']),
  sent: new Set(['k0-0', 'k0-1', 'k1-0', 'k1-1']),
  effects: ['k0-0', 'k0-1'].map(row),
  dead: ['k1-0'],
  held: [
    { id: 'k0-0', pid: 1, at: 10, attempt: 1 },
    { id: 'k0-0', pid: 2, at: 20, attempt: 2 },
  ],
  finished: [{ id: 'k0-0', pid: 2, at: 30, attempt: 2 }],
  refused: 0,
  maxRssBytes: 1,
  takeOverMs: [],
  ...changes,
});
const judged = (changes?: Partial<DeliveryHistory>) => {
  const { lost, doubled, phantom, misjudged, zombies, inverted } = checkDelivery(history(changes), {
    seed: 1,
    messages: 4,
    hopeless: new Set(['k1-0']),
    losses: 1,
    concurrency: 2,
    quietMs: 5,
  });
  return { lost, doubled, phantom, misjudged, zombies, inverted };
};
const clean = { lost: [], doubled: [], phantom: [], misjudged: [], zombies: [], inverted: [] };

describe('the judge of a trial', () => {
  it('finds nothing where nothing is wrong', () => {
    expect(judged()).toEqual(clean);
  });

  it.each<[string, Partial<DeliveryHistory>, Partial<Record<keyof typeof clean, string[]>>]>([
    ['what was acknowledged and is nowhere', { effects: [row('k0-0')] }, { lost: ['k0-1'] }],
    ['what was handled twice', { effects: ['k0-0', 'k0-1', 'k0-0'].map(row) }, { doubled: ['k0-0'] }],
    ['what nobody sent', { effects: ['k0-0', 'k0-1', 'k9-9'].map(row) }, { phantom: ['k9-9'] }],
    ['what was given up for no reason', { effects: [row('k0-0')], dead: ['k1-0', 'k0-1'] }, { misjudged: ['k0-1'] }],
    ['what was handled against hope', { effects: ['k0-0', 'k0-1', 'k1-0'].map(row), dead: [] }, { misjudged: ['k1-0'] }],
    ['what was given up twice', { dead: ['k1-0', 'k1-0'] }, { doubled: ['k1-0'] }],
    ['a finish that counted after another held it', { finished: [{ id: 'k0-0', pid: 1, at: 25, attempt: 1 }] }, { zombies: ['k0-0'] }],
    ['what overtook another of its key', { effects: ['k0-1', 'k0-0'].map(row) }, { inverted: ['k0-0'] }],
  ])('finds %s', (_what, changes, found) => {
    expect(judged(changes)).toEqual({ ...clean, ...found });
  });

  it('finds no zombie in a finish before the next hold, nor in a note that came late', () => {
    expect(judged({ finished: [{ id: 'k0-0', pid: 1, at: 15, attempt: 1 }] })).toEqual(clean);
    const held = [
      { id: 'k0-0', pid: 2, at: 10, attempt: 2 },
      { id: 'k0-0', pid: 1, at: 20, attempt: 1 },
    ];
    expect(judged({ held })).toEqual(clean);
  });

  it('takes what was published and never acknowledged as it comes', () => {
    expect(judged({ effects: ['k0-0', 'k0-1', 'k1-1'].map(row) })).toEqual(clean);
    expect(judged()).toEqual(clean);
  });
});
