import fc from 'fast-check';
import type { ModelCommand } from '../src/testing/index.ts';

const saga = fc.nat(4);
const worker = fc.nat(2);
const span = fc.constantFrom('short' as const, 'long' as const);
const event = fc.boolean();

const command: fc.Arbitrary<ModelCommand> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record(
      {
        do: fc.constant('create' as const),
        saga,
        key: fc.nat(1),
        holder: worker,
        span,
        whenLocked: fc.constantFrom('queue' as const, 'queue' as const, 'refuse' as const),
        queued: span,
        event,
      },
      { requiredKeys: ['do', 'saga', 'span', 'whenLocked', 'queued', 'event'] },
    ),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('claim' as const), worker, max: fc.nat(4), span }) },
  {
    weight: 9,
    arbitrary: fc.record(
      {
        do: fc.constant('checkpoint' as const),
        saga,
        by: fc.constantFrom('holder' as const, 'holder' as const, 'holder' as const, 'zombie' as const, 'stranger' as const),
        to: fc.constantFrom('same', 'same', 'compensating', 'completed', 'compensated', 'compensation_failed', 'stuck'),
        leave: fc.constantFrom('now' as const, 'short' as const, 'long' as const),
        entries: fc.nat(2),
        answers: fc.boolean(),
        event,
      },
      { requiredKeys: ['do', 'saga', 'by', 'to', 'entries', 'answers', 'event'] },
    ),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('again' as const), saga }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('renew' as const),
      worker,
      span: fc.constantFrom('short' as const, 'long' as const, 'free' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('ask' as const), saga, from: fc.constantFrom('open' as const, 'parked' as const) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'forget' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('take' as const), worker, max: fc.integer({ min: 1, max: 4 }), span }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('drop' as const), count: fc.nat(4) }) },
  { weight: 4, arbitrary: fc.constant({ do: 'pass' as const }) },
) as fc.Arbitrary<ModelCommand>;

/** What may be asked of a store, in any order. */
export const modelCommands: fc.Arbitrary<readonly ModelCommand[]> = fc.array(command, { minLength: 5, maxLength: 50, size: 'max' });
