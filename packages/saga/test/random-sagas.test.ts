import { exponential } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { type AnySaga, defineSaga, memoryStore, SagaOrchestrator, type SagaStore, terminal } from '@tutti/saga';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { events } from './engine.ts';

/** How a generated step behaves: it fails for a moment so many times, then does its work or refuses for good. */
interface Plan {
  readonly flaky: number;
  readonly refuses: boolean;
  readonly undoFlaky: number;
}

const plan: fc.Arbitrary<Plan> = fc.record({ flaky: fc.nat(2), refuses: fc.nat(9).map((drawn) => drawn === 0), undoFlaky: fc.nat(2) });
const shape = fc.array(fc.array(plan, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 });
const retry = { maxAttempts: 4, backoff: exponential({ initial: '10ms', jitter: 0 }) };

/** The world outside, where every effect of a key counts once: +1 for what was done, -1 for what was undone. */
class World {
  readonly keys: Set<string> = new Set();
  sum = 0;

  effect(key: string, change: 1 | -1): void {
    if (this.keys.has(key)) return;
    this.keys.add(key);
    this.sum += change;
  }
}

function sagaOf(groups: readonly (readonly Plan[])[], world: World): AnySaga {
  let builder = defineSaga(events, 'random', { input: z.object({}) }) as unknown as Loose;
  for (const [group, plans] of groups.entries()) {
    const steps = plans.map((own, index) => [`s${group}-${index}`, stepOf(own, world)] as const);
    if (steps.length === 1) builder = builder.step(...(steps[0] as (typeof steps)[0]));
    else builder = builder.parallel((branches) => steps.reduce((all, step) => all.step(...step), branches));
  }
  return builder as unknown as AnySaga;
}

/** The builder without its types, which a generated saga cannot have. */
interface Loose {
  step(name: string, options: ReturnType<typeof stepOf>): Loose;
  parallel(build: (branches: Loose) => Loose): Loose;
}

function stepOf({ flaky, refuses, undoFlaky }: Plan, world: World) {
  return {
    retry,
    run: ({ attempt, idempotencyKey }: { attempt: number; idempotencyKey: string }) => {
      if (attempt <= flaky) throw new Error('not now');
      if (refuses) throw terminal('never');
      world.effect(idempotencyKey, 1);
    },
    compensate: ({ attempt, outcome, idempotencyKey }: { attempt: number; outcome: string; idempotencyKey: string }) => {
      if (attempt <= undoFlaky) throw new Error('not now');
      if (outcome !== 'failed' && world.keys.has(idempotencyKey.replace(/\/undo$/, ''))) world.effect(idempotencyKey, -1);
    },
  };
}

/** Runs one saga to its end and says what the world adds up to. */
async function outcomeOf(groups: readonly (readonly Plan[])[], store: () => SagaStore): Promise<{ status: string; sum: number }> {
  const runtime = testRuntime();
  const world = new World();
  const sagas = new SagaOrchestrator({ store: store(), sagas: [sagaOf(groups, world)], runtime });
  await sagas.start();
  const id = await sagas.startSaga('random', {} as never);
  for (let turn = 0; turn < 60 && ['running', 'compensating'].includes((await sagas.get(id)).status); turn++)
    await runtime.clock.advance(1_000);
  const { status } = await sagas.get(id);
  const stopping = sagas.stop();
  await runtime.clock.advance(10_000);
  await stopping;
  return { status, sum: world.sum };
}

const stepsIn = (groups: readonly (readonly Plan[])[]): number => groups.flat().length;

describe('random sagas', () => {
  it('add up: all steps when completed, nothing when compensated, and refusing is what decides', async () => {
    await fc.assert(
      fc.asyncProperty(shape, async (groups) => {
        const refused = groups.flat().some(({ refuses }) => refuses);
        const expected = refused ? { status: 'compensated', sum: 0 } : { status: 'completed', sum: stepsIn(groups) };
        expect(await outcomeOf(groups, memoryStore)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('control: would not add up with a store that forgets what was done', async () => {
    const groups = [[{ flaky: 0, refuses: false, undoFlaky: 0 }], [{ flaky: 0, refuses: true, undoFlaky: 0 }]];
    const forgetful = (): SagaStore => {
      const store = memoryStore();
      return {
        ...store,
        async checkpoint(checkpoint) {
          await store.checkpoint(checkpoint);
          if (checkpoint.name !== 'failure') return;
          await store.checkpoint({ ...checkpoint, status: 'compensated', entries: [] }); // ends without any undo
        },
      };
    };
    expect(await outcomeOf(groups, forgetful)).toEqual({ status: 'compensated', sum: 1 });
  });
});
