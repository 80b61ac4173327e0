import { defineEvents, type EventDefinition, event, exponential, sleep } from '@tutti/core';
import type { Simulation } from '@tutti/core/testing';
import { type AnySaga, defineSaga, type StepContext, terminal, type UndoContext } from '@tutti/saga';
import { z } from 'zod';
import type { World } from './world.ts';

/** What steps say: that they are done. */
export const said: { readonly 'step.done': EventDefinition<{ saga: string; step: string }> } = defineEvents({
  'step.done': event(z.object({ saga: z.string(), step: z.string() }), { key: ({ saga }) => saga }),
});

export interface Shape {
  readonly saga: AnySaga;
  /** Names of steps in the order of the graph; those of one group run side by side. */
  readonly groups: readonly (readonly string[])[];
  readonly pivot: string | undefined;
  /** Steps that refuse for good, unless their effect is there already. */
  readonly refusing: ReadonlySet<string>;
}

type Given = StepContext<unknown, unknown, typeof said>;
type GivenUndo = UndoContext<unknown, unknown, unknown, typeof said>;

const retry = { maxAttempts: 6, backoff: exponential({ initial: '50ms', max: '3s', jitter: 0 }) };

/** The builder without its types, which a drawn saga cannot have. */
interface Loose {
  step(name: string, options: object): Loose;
  pivot(name: string, options: object): Loose;
  sleep(name: string, time: string): Loose;
  when(name: string, decide: () => boolean, then: (way: Loose) => Loose, otherwise?: (way: Loose) => Loose): Loose;
  parallel(build: (branches: Loose) => Loose): Loose;
}

/** Draws a saga: groups of steps, sleeps, ways that are taken or not, a pivot and what comes after it. */
export function drawSaga(sim: Simulation, world: World): Shape {
  const groups: string[][] = [];
  const refusing = new Set<string>();
  const timed = sim.chance(0.15);
  let builder = defineSaga(said, 'drawn', { input: z.object({}), ...(timed && { timeout: '40s' as const }) }) as unknown as Loose;
  let pivot: string | undefined;
  const name = (): string => `s${groups.flat().length + 1}`;
  const behaviour = (own: string): object => ({
    retry,
    timeout: '4s',
    run: (context: Given) => doing(sim, world, own, refusing, context),
  });
  const step = (): readonly [string, object] => {
    const own = name();
    if (pivot === undefined && sim.chance(0.12)) refusing.add(own);
    const before = {
      ...behaviour(own),
      undoRetry: { ...retry, maxAttempts: 200 },
      undoTimeout: '4s',
      compensate: (context: GivenUndo) => undoing(sim, world, own, context),
    };
    const after = { ...behaviour(own), kind: 'retriable', retry: { ...retry, maxAttempts: 200 } };
    return [own, pivot === undefined ? before : after];
  };
  const grown = (inside: Loose): Loose => {
    const one = step();
    groups.push([one[0]]);
    return inside.step(...one);
  };
  const nodes = 2 + sim.below(5);
  for (let node = 0; node < nodes; node++) {
    const drawn = sim.runtime.random();
    if (drawn < 0.4) builder = grown(builder);
    else if (drawn < 0.57) {
      const group: string[] = [];
      groups.push(group);
      builder = builder.parallel((branches) => {
        let all = branches;
        for (let branch = 0; branch <= 1 + sim.below(2); branch++) {
          const one = step();
          group.push(one[0]);
          all = all.step(...one);
        }
        return all;
      });
    } else if (drawn < 0.66) builder = builder.sleep(`nap${node}`, `${100 + sim.below(6_000)}ms`);
    else if (drawn < 0.8) builder = builder.when(`way${node}`, () => sim.chance(0.5), grown, sim.chance(0.5) ? grown : undefined);
    else if (pivot === undefined) {
      pivot = name();
      groups.push([pivot]);
      if (sim.chance(0.2)) refusing.add(pivot);
      builder = builder.pivot(pivot, { ...behaviour(pivot), retry: { ...retry, maxAttempts: 3 } });
    } else builder = grown(builder);
  }
  if (groups.length === 0) builder = grown(builder);
  return { saga: builder as unknown as AnySaga, groups, pivot, refusing };
}

async function doing(sim: Simulation, world: World, own: string, refusing: ReadonlySet<string>, context: Given): Promise<string> {
  const { sagaId, fence, call, publish } = context;
  const { clock } = call.runtime;
  await sleep(clock, sim.below(400), sim.chance(0.7) ? { signal: context.signal } : {});
  if (!world.has(sagaId, own)) {
    if (sim.chance(0.15)) throw new Error('not now');
    if (refusing.has(own)) throw terminal(`${own} refuses`);
    world.do(sagaId, own, fence);
    sim.note(`${sagaId} ${own} done under ${fence}`);
  }
  if (sim.chance(0.08)) await sleep(clock, 10_000); // silence: the attempt is over time
  await sleep(clock, sim.below(50));
  publish({ type: 'step.done', source: 'drawn', data: { saga: sagaId, step: own } });
  return own;
}

async function undoing(sim: Simulation, world: World, own: string, { sagaId, fence, call }: GivenUndo): Promise<void> {
  await sleep(call.runtime.clock, sim.below(200));
  if (sim.chance(0.15)) throw sim.chance(0.1) ? terminal('it cannot be undone') : new Error('not now');
  world.undo(sagaId, own, fence);
  sim.note(`${sagaId} ${own} undone under ${fence}`);
  if (sim.chance(0.1)) throw new Error('the answer was lost');
}
