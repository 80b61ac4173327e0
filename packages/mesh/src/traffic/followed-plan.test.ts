import type { ConfigEntry } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import { FollowedPlan, planKey } from './followed-plan.ts';

const entry = (revision: number, value: unknown = { serviceName: 'voice', weights: { [`v${revision}`]: 1 } }): ConfigEntry => ({
  key: planKey('voice'),
  value,
  revision,
  actor: 'ada',
  changedAt: '',
});

describe('a followed plan', () => {
  it('is the latest, in whatever order the store says them', () => {
    const plan = new FollowedPlan('voice');
    expect([2, 1, 3, 2, 3].map((revision) => plan.take(entry(revision)))).toEqual([true, false, true, false, false]);
    expect(plan.active).toMatchObject({ revision: 3, plan: { weights: { v3: 1 } } });
    expect(plan.take(undefined)).toBe(false);
    expect(plan.active.revision).toBe(3);
  });

  it('does not come back to a good plan that is older than a bad one', () => {
    const plan = new FollowedPlan('voice');
    plan.take(entry(1));
    plan.take(entry(3, 'junk'));
    plan.take(entry(2));
    expect(plan).toMatchObject({ active: { revision: 1 }, refused: { revision: 3 } });
  });

  it('is replaced as a whole: who holds one sees nothing of the next', () => {
    const plan = new FollowedPlan('voice');
    plan.take(entry(1));
    const held = plan.active;
    plan.take(entry(2));
    expect(held.targets.map(({ version, chosen }) => [version, chosen.planRevision])).toEqual([['v1', 1]]);
    expect(Object.isFrozen(held) && Object.isFrozen(held.targets[0])).toBe(true);
  });

  it('is known when the store has said that there is none', async () => {
    const plan = new FollowedPlan('voice');
    expect(plan.known).toBe(false);
    plan.take(undefined);
    await plan.ready();
    expect(plan).toMatchObject({ known: true, active: { revision: 0, plan: undefined } });
  });
});
