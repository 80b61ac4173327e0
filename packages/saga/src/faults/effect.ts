import type { Call } from '@tutti/core';
import { terminal } from '../errors.ts';

/** Something that is done to the world outside, or taken back. */
export interface Effect {
  readonly saga: string;
  readonly step: string;
  readonly what: 'do' | 'undo';
  readonly fence: number;
}

/** Resolves when the world has it for good. Fails like any service: when the connection does, or when the world will have none of it. */
export async function affect(world: string, effect: Effect, { signal }: Pick<Call, 'signal'>): Promise<string> {
  const response = await fetch(world, { method: 'POST', body: JSON.stringify(effect), signal });
  const answer = await response.text();
  if (answer === 'stale' || answer === 'void') throw terminal(`${effect.step} of ${effect.saga} is ${answer} there`);
  return answer;
}
