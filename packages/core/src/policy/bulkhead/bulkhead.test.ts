import { describe, expect, it } from 'vitest';
import { Call } from '../../call/call.ts';
import { compose } from '../../handler/compose.ts';
import { deadlineWheel } from '../../runtime/deadline-wheel.ts';
import { checkLaws, layerLaws, type TestRuntime, testRuntime } from '../../testing/index.ts';
import { type BulkheadOptions, bulkhead } from './bulkhead.ts';

interface Work {
  readonly begun: string[];
  ask(name: string, call?: Call): Promise<unknown>;
  finish(name: string): Promise<void>;
  readonly runtime: TestRuntime;
  readonly layer: ReturnType<typeof bulkhead>;
}

function work(options: Omit<BulkheadOptions, 'operation'>): Work {
  const runtime = testRuntime();
  const layer = bulkhead({ operation: 'reading', ...options });
  const begun: string[] = [];
  const finishers = new Map<string, () => void>();
  const guarded = compose(
    (name: string) =>
      new Promise<string>((resolve) => {
        begun.push(name);
        finishers.set(name, () => resolve(`${name} read`));
      }),
    [layer],
  );
  return {
    runtime,
    layer,
    begun,
    ask: (name, call = Call.root({ runtime })) => guarded(name, call).catch((error: unknown) => error),
    async finish(name) {
      finishers.get(name)?.();
      await runtime.clock.advance(0);
    },
  };
}

describe('the bulkhead layer', () => {
  checkLaws(it, layerLaws, () => ({ layer: bulkhead({ operation: 'reading', maxConcurrent: 1 }) }));

  it('lets ten work, five wait and refuses the sixteenth at once', async () => {
    const { ask, begun, layer } = work({ maxConcurrent: 10, maxQueue: 5 });
    for (let each = 0; each < 15; each++) void ask(String(each));
    expect(await ask('16th')).toMatchObject({ code: 'OVERLOADED', details: { operation: 'reading', limit: 10 }, failure: 'unsent' });
    expect([begun.length, layer.active, layer.queued]).toEqual([10, 10, 5]);
  });

  it('gives a free place to the oldest of the highest priority', async () => {
    const priority = (call: Call): 'high' | 'normal' | 'low' => (call.principal ?? 'normal') as 'high';
    const { ask, finish, begun, runtime } = work({ maxConcurrent: 1, maxQueue: 5, priority });
    void ask('first');
    for (const name of ['low', 'normal', 'high', 'normal 2']) {
      void ask(name, Call.root({ runtime, principal: name.split(' ')[0] as string }));
    }
    for (const name of ['first', 'high', 'normal', 'normal 2']) await finish(name);
    expect(begun).toEqual(['first', 'high', 'normal', 'normal 2', 'low']);
  });

  it('makes room in a full line for a higher priority, at the cost of the youngest of the lowest', async () => {
    const priority = (call: Call): 'high' | 'low' => call.principal as 'high';
    const { ask, layer, runtime } = work({ maxConcurrent: 1, maxQueue: 2, priority });
    const low = { runtime, principal: 'low' };
    void ask('first', Call.root(low));
    const older = ask('older', Call.root(low));
    const younger = ask('younger', Call.root(low));
    void ask('urgent', Call.root({ runtime, principal: 'high' }));
    expect(await younger).toMatchObject({ code: 'OVERLOADED' });
    expect(layer.queued).toBe(2);
    expect(await ask('one more', Call.root(low))).toMatchObject({ code: 'OVERLOADED' });
    void older;
  });

  it('lets nobody wait beyond their deadline or after a cancellation, and gives their place to the next', async () => {
    const { ask, finish, begun, layer, runtime } = work({ maxConcurrent: 1, maxQueue: 3 });
    void ask('first');
    const late = ask('late', Call.root({ runtime, deadline: runtime.clock.now() + 50 }));
    const call = Call.root({ runtime });
    const gone = ask('gone', call);
    const patient = ask('patient');
    await runtime.clock.advance(50);
    expect(await late).toMatchObject({ code: 'DEADLINE_EXCEEDED', failure: 'unsent' });
    call.cancel('lost interest');
    expect(await gone).toBe('lost interest');
    expect(layer.queued).toBe(1);
    await finish('first');
    expect(begun).toEqual(['first', 'patient']);
    await finish('patient');
    expect(await patient).toBe('patient read');
    expect([layer.active, layer.queued, deadlineWheel(runtime.clock).size]).toEqual([0, 0, 0]);
  });

  it('refuses a priority that it does not know instead of forgetting the call', async () => {
    const { ask } = work({ maxConcurrent: 1, maxQueue: 1, priority: () => 'urgent' as 'high' });
    void ask('first');
    expect(await ask('second')).toMatchObject({ code: 'INVALID_ARGUMENT', details: { path: 'reading.priority' } });
  });
});
