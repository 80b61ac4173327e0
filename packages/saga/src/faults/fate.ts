import { createHash } from 'node:crypto';

/** Steps that may fail before the pivot has been done, the pivot included. */
export const beforePivot: readonly string[] = ['authorise', 'stock', 'fraud', 'book', 'capture'];
const everyStep: readonly string[] = [...beforePivot, 'receipt'];

/** What is to become of one saga, wherever and however often its steps run. */
export interface Fate {
  /** Says no at this step, for good. */
  readonly refuses?: string;
  /** Fails the first so many attempts of this step. */
  readonly flaky?: { readonly step: string; readonly times: number };
  /** The last step, after the pivot, fails for so long. */
  readonly downMs?: number;
}

export const idOf = (index: number): string => `saga-${index}`;

/** One in five refuses before its pivot is done, one in ten is flaky, one in fifty is down after the pivot. */
export function fateOf(id: string, seed: number): Fate {
  const bytes = createHash('sha256').update(`${seed}/${id}`).digest();
  const draw = (at: number): number => bytes.readUInt32BE(at) / 2 ** 32;
  const of = (steps: readonly string[], at: number): string => steps[Math.floor(draw(at) * steps.length)] as string;
  return {
    ...(draw(0) < 0.2 && { refuses: of(beforePivot, 4) }),
    ...(draw(8) < 0.1 && { flaky: { step: of(everyStep, 12), times: 1 + Math.floor(draw(16) * 3) } }),
    ...(draw(20) < 0.02 && { downMs: 3_000 }),
  };
}
