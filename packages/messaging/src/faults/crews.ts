import { fileURLToPath } from 'node:url';
import { Crew, untilItIsSo } from '@tutti/core/testing';
import { linesOf } from './member-lines.ts';
import type { ResolvedPlan } from './plan.ts';
import { type MemberTask, taskOf } from './task.ts';

const program = fileURLToPath(import.meta.resolve('@tutti/messaging/faults/member'));

/** Who sends and who hears, in processes of their own. */
export interface Crews {
  readonly producers: Crew;
  readonly consumers: Crew;
}

/**
 * Starts both; resolves when every consumer is ready and producers are at work. Who is struck then is met at work. `begun` is told of each crew at once, to be
 * ended whatever becomes of the other.
 */
export async function startCrews(plan: ResolvedPlan, endsAt: number, begun: (crew: Crew) => void): Promise<Crews> {
  const crewOf = (role: MemberTask['role'], size: number): Crew => {
    const crew = new Crew(
      program,
      Array.from({ length: size }, (_, index) => JSON.stringify(taskOf(plan, role, index))),
    );
    begun(crew);
    return crew;
  };
  const seen = (role: MemberTask['role'], word: string): number => {
    let count = 0;
    for (const [what] of linesOf(plan.folder, role)) if (what === word) count++;
    return count;
  };
  const early = plan.early ? crewOf('producer', plan.producers) : undefined;
  if (early) await untilItIsSo(`something is published (seed ${plan.seed})`, () => seen('producer', 'acked') >= plan.keys, endsAt);
  const consumers = crewOf('consumer', plan.consumers);
  await untilItIsSo(`every consumer is ready (seed ${plan.seed})`, () => seen('consumer', 'ready') >= consumers.size, endsAt);
  return { consumers, producers: early ?? crewOf('producer', plan.producers) };
}
