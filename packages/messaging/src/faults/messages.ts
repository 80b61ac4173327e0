import { defineEvents, type EventDefinition, event, fnv1a } from '@tutti/core';

/** A message of a trial: the `number`-th of its key. */
export interface TrialMessage {
  readonly key: string;
  readonly number: number;
}

/** Anything of that shape. */
const schema: EventDefinition<TrialMessage>['schema'] = {
  '~standard': {
    version: 1,
    vendor: 'tutti',
    validate: (value: unknown) => {
      const { key, number } = (value ?? {}) as Partial<TrialMessage>;
      return typeof key === 'string' && Number.isInteger(number)
        ? { value: value as TrialMessage }
        : { issues: [{ message: 'is no trial message' }] };
    },
  },
};

export const trialEvents: { readonly 'trial.sent': EventDefinition<TrialMessage> } = defineEvents({
  'trial.sent': event(schema, { key: ({ key }) => key }),
});

export const trialGroup = 'trial';

export const idOf = (key: number, number: number): string => `k${key}-${number}`;

/** One in a hundred is never handled, five in a hundred fail the first time. */
export function fateOf(id: string, seed: number): 'always' | 'once' | 'never' {
  const roll = fnv1a(`${seed} ${id}`) % 100;
  return roll === 0 ? 'always' : roll <= 5 ? 'once' : 'never';
}
