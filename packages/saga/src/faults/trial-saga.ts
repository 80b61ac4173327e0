import { defineEvents, exponential } from '@tutti/core';
import type { MemberLog } from '@tutti/core/testing';
import { defineSaga } from '../definition/define-saga.ts';
import type { AnySaga } from '../definition/saga-definition.ts';
import type { StepContext } from '../definition/step.ts';
import { terminal } from '../errors.ts';
import { affect } from './effect.ts';
import { fateOf } from './fate.ts';
import type { Bookings } from './member-module.ts';

export interface TrialSagaOptions {
  readonly seed: number;
  readonly world: string;
  readonly log: MemberLog;
  readonly bookings: Bookings | undefined;
  readonly now: () => number;
}

type Given = Pick<StepContext<unknown, unknown>, 'sagaId' | 'fence' | 'attempt' | 'call'>;

const patient = { maxAttempts: 40, backoff: exponential({ initial: '20ms', max: '500ms' }) };
const anything = {
  '~standard': { version: 1, vendor: 'trial', validate: (value: unknown) => ({ value: value as Record<string, never> }) },
} as const;

/** A payment: six steps, two of them side by side, one in the database of the store where that is possible, and a pivot. */
export function trialSaga({ seed, world, log, bookings, now }: TrialSagaOptions): AnySaga {
  const firstFailedAt = new Map<string, number>();

  function fails(step: string, { sagaId, attempt }: Given): void {
    const { refuses, flaky, downMs = 0 } = fateOf(sagaId, seed);
    if (flaky?.step === step && attempt <= flaky.times) throw new Error('not now');
    if (step === 'receipt' && downMs > 0) {
      const since = firstFailedAt.get(sagaId) ?? now();
      firstFailedAt.set(sagaId, since);
      if (now() - since < downMs && attempt < 12) throw new Error('down');
    }
    if (refuses === step) throw terminal(`${step} refuses`);
  }

  async function noted<T>(what: 'do' | 'undo', step: string, { sagaId, fence }: Given, work: () => Promise<T> | T): Promise<T> {
    log.write(`begin ${sagaId} ${fence} ${now()} ${what} ${step}`);
    try {
      return await work();
    } finally {
      log.write(`end ${sagaId} ${fence} ${now()} ${what} ${step}`);
    }
  }

  const outside = (what: 'do' | 'undo', step: string) => (context: Given) =>
    noted(what, step, context, async () => {
      if (what === 'do') fails(step, context);
      return affect(world, { saga: context.sagaId, step, what, fence: context.fence }, context.call);
    });
  const step = (name: string) => ({ retry: patient, run: outside('do', name), compensate: outside('undo', name) });
  const begun = defineSaga(defineEvents({}), 'trial', { input: anything })
    .step('authorise', step('authorise'))
    .parallel((both) => both.step('stock', step('stock')).step('fraud', step('fraud')));
  const booked = bookings
    ? begun.tx('book', {
        retry: patient,
        run: (context) =>
          noted('do', 'book', context, () => {
            fails('book', context);
            const { sql, values } = bookings.insert(context.sagaId);
            context.tx.write(sql, values, { expectedRows: 1 });
          }),
        compensate: (context) =>
          noted('undo', 'book', context, () => {
            const { sql, values } = bookings.remove(context.sagaId);
            context.tx.write(sql, values, { expectedRows: 1 });
          }),
      })
    : begun.step('book', step('book'));
  return booked
    .pivot('capture', { retry: patient, run: outside('do', 'capture') })
    .step('receipt', { kind: 'retriable', retry: { ...patient, maxAttempts: 400 }, run: outside('do', 'receipt') }) as unknown as AnySaga;
}
