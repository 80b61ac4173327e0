import type { Outcome } from '../../transport/event-transport.ts';
import { toQueue } from './delays.ts';
import type { FeedOptions } from './feed-parts.ts';
import { letterMessage } from './letter.ts';
import type { Notes, Outgoing } from './message.ts';
import type { Arrived } from './source.ts';

/** Outcomes for which a message is written anew. */
export type MovingOutcome = Extract<Outcome, { kind: 'release' | 'retry' | 'dead' }>;

/** What a delivery becomes. */
export async function movedMessage(
  { subscription, topology, delays }: FeedOptions,
  arrived: Arrived,
  outcome: MovingOutcome,
  epoch: number,
): Promise<Outgoing> {
  const { source, notes, attempt, message } = arrived;
  const { queue } = source.work;
  const firstFailedAt = notes.firstFailedAt ?? epoch;
  if (outcome.kind === 'release') return toQueue(queue, message.content, released(arrived));
  if (outcome.kind === 'retry') {
    const told = { ...kept(notes), attempts: attempt, firstFailedAt };
    return delays.message(subscription, queue, message.content, told, Math.ceil(outcome.delayMs));
  }
  const { reason, failure, attempts = attempt } = outcome;
  return letterMessage(topology.deadOf(subscription), subscription, message.content, {
    reason,
    failure,
    attempts,
    firstFailedAt: new Date(firstFailedAt).toISOString(),
    lastFailedAt: new Date(epoch).toISOString(),
    queue,
    ...(notes.at !== undefined && { at: notes.at }),
  });
}

/** As if it had never been handed out. */
export function released({ notes, attempt, takenOver }: Arrived): Notes {
  return { ...kept(notes), ...(takenOver && { takenOver }), attempts: attempt - 1 };
}

/** Its member was silent for too long. */
export function lapsed({ notes, attempt }: Arrived): Notes {
  return { ...kept(notes), attempts: attempt, takenOver: true };
}

/** What a message keeps when it is written anew after a delivery. */
function kept({ at, firstFailedAt, replayedFrom }: Notes): Notes {
  return {
    copied: true, // it is past the seam
    ...(at !== undefined && { at }),
    ...(firstFailedAt !== undefined && { firstFailedAt }),
    ...(replayedFrom !== undefined && { replayedFrom }),
  };
}
