import { describe, expect, expectTypeOf, it } from 'vitest';
import { Call } from '../call/call.ts';
import { coreError } from '../errors/core-errors.ts';
import { compose } from '../handler/compose.ts';
import type { AnyLayer, Handler } from '../handler/handler.ts';
import { checkLaws, layerLaws } from '../testing/index.ts';
import { fallback } from './fallback.ts';

describe('the fallback layer', () => {
  // a fallback knows the types that it stands in for; the laws use one that never does
  checkLaws(it, layerLaws, () => ({ layer: fallback<unknown, unknown>({ use: () => 'never' }) as unknown as AnyLayer }));

  it('answers instead of work that failed, knowing the input and the failure', async () => {
    const read = compose(
      async (_page: number): Promise<string> => Promise.reject(new Error('down')),
      [fallback({ use: (page, _call, error) => `page ${page} later: ${(error as Error).message}` })],
    );
    expectTypeOf(read).toEqualTypeOf<Handler<number, string>>();
    expect(await read(3, Call.root())).toBe('page 3 later: down');
  });

  it('does not cover up a fault of the caller, nor answer one who has left', async () => {
    const failing = (error: unknown) => compose(async (): Promise<string> => Promise.reject(error), [fallback({ use: () => 'covered' })]);
    const fault = coreError('INVALID_ARGUMENT', { path: 'page', problem: 'is missing' });
    await expect(failing(fault)(undefined, Call.root())).rejects.toBe(fault);
    const gone = Call.root();
    gone.cancel('gone');
    await expect(failing(new Error('down'))(undefined, gone)).rejects.toThrow('down');
    expect(await failing(new Error('down'))(undefined, Call.root())).toBe('covered');
  });

  it('fails with what the substitute throws', async () => {
    const read = compose(
      async (_page: number): Promise<string> => Promise.reject(new Error('down')),
      [
        fallback<number, string>({
          use: () => {
            throw new Error('this too');
          },
        }),
      ],
    );
    await expect(read(1, Call.root())).rejects.toThrow('this too');
  });
});
