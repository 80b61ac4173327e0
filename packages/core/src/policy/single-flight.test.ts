import { describe, expect, it } from 'vitest';
import { Call } from '../call/call.ts';
import { compose } from '../handler/compose.ts';
import type { AnyLayer } from '../handler/handler.ts';
import { deadlineWheel } from '../runtime/deadline-wheel.ts';
import { sleep } from '../runtime/sleep.ts';
import { checkLaws, layerLaws, type TestRuntime, testRuntime } from '../testing/index.ts';
import { singleFlight } from './single-flight.ts';

function reading(): { runtime: TestRuntime; read: (page: string, call: Call) => Promise<string>; begun: Call[] } {
  const runtime = testRuntime();
  const begun: Call[] = [];
  const read = compose(
    async (page: string, call: Call) => {
      begun.push(call);
      await sleep(runtime.clock, 100, { signal: call.signal });
      return `${page} read by ${begun.length}`;
    },
    [singleFlight({ operation: 'reading', key: (page) => page || undefined })],
  );
  return { runtime, read, begun };
}

describe('the single flight layer', () => {
  checkLaws(it, layerLaws, () => ({
    layer: singleFlight<unknown, unknown>({ operation: 'reading', key: () => 'one' }) as unknown as AnyLayer,
  }));

  it('does the work once for a thousand who want it at the same time, and again for who comes later', async () => {
    const { runtime, read, begun } = reading();
    const answers = Promise.all(Array.from({ length: 1_000 }, () => read('a', Call.root({ runtime }))));
    await runtime.clock.advance(100);
    expect(new Set(await answers)).toEqual(new Set(['a read by 1']));
    const later = read('a', Call.root({ runtime }));
    await runtime.clock.advance(100);
    expect(await later).toBe('a read by 2');
    expect(begun).toHaveLength(2);
  });

  it('tells tenants apart, whatever their names and keys are made of', async () => {
    const { runtime, read, begun } = reading();
    void read('x', Call.root({ runtime, tenant: 'a' }));
    void read('x', Call.root({ runtime, tenant: 'b' }));
    void read('x', Call.root({ runtime }));
    void read('bx', Call.root({ runtime, tenant: 'a' }));
    void read('x', Call.root({ runtime, tenant: 'ab' }));
    void read('1:ax', Call.root({ runtime }));
    void read('', Call.root({ runtime }));
    void read('', Call.root({ runtime }));
    await runtime.clock.advance(100);
    expect(begun).toHaveLength(8);
  });

  it('lets a caller leave by deadline or cancellation without disturbing the others', async () => {
    const { runtime, read } = reading();
    const { clock } = runtime;
    const first = Call.root({ runtime });
    const leaving = read('a', first).catch((error: unknown) => error);
    const hurried = read('a', Call.root({ runtime, deadline: clock.now() + 30 })).catch((error: unknown) => error);
    const staying = read('a', Call.root({ runtime }));
    await clock.advance(30);
    expect(await hurried).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    first.cancel('gone');
    expect(await leaving).toBe('gone');
    await clock.advance(70);
    expect(await staying).toBe('a read by 1');
    expect(deadlineWheel(clock).size).toBe(0);
  });

  it('cancels the work when the last one has left, and begins anew for the next', async () => {
    const { runtime, read, begun } = reading();
    const calls = [Call.root({ runtime }), Call.root({ runtime })];
    const left = calls.map((call) => read('a', call).catch((error: unknown) => error));
    for (const call of calls) call.cancel('gone');
    expect(await Promise.all(left)).toEqual(['gone', 'gone']);
    expect(begun[0]?.cancelled).toBe(true);
    const next = read('a', Call.root({ runtime }));
    await runtime.clock.advance(100);
    expect(await next).toBe('a read by 2');
  });

  it('does not wait for ever on work that throws instead of rejecting, nor on a key that does', async () => {
    const runtime = testRuntime();
    let asked = 0;
    const read = compose(
      (page: string): Promise<string> => {
        asked++;
        throw new Error(`no ${page}`);
      },
      [singleFlight({ operation: 'reading', key: (page) => (page === '' ? JSON.parse('{') : page) })],
    );
    await expect(read('a', Call.root({ runtime }))).rejects.toThrow('no a');
    await expect(read('a', Call.root({ runtime }))).rejects.toThrow('no a');
    expect(asked).toBe(2);
    await expect(read('', Call.root({ runtime }))).rejects.toThrow(SyntaxError);
  });
});
