import { describe, expect, it, vi } from 'vitest';
import { testRuntime } from '../testing/index.ts';
import { Call } from './call.ts';

describe('Call', () => {
  it('hands its identity to children, which may override it', () => {
    const root = Call.root({ runtime: testRuntime(), tenant: 'acme', principal: 'ada', idempotencyKey: 'k' });
    const child = root.child({ tenant: 'other', attempt: 2 });
    expect(child).toMatchObject({ tenant: 'other', principal: 'ada', idempotencyKey: 'k', attempt: 2 });
    expect(child.traceparent).toBe(root.traceparent);
    expect(child.correlationId).toBe(root.correlationId);
  });

  it('never lets a child outlive its parent', () => {
    const root = Call.root({ runtime: testRuntime(), deadline: 100 });
    expect(root.child({ deadline: 500 }).deadline).toBe(100);
    expect(root.child({ deadline: 50 }).deadline).toBe(50);
    expect(root.child().deadline).toBe(100);
  });

  it('reaches every leaf with the first reason when it is cancelled', () => {
    const root = Call.root({ runtime: testRuntime() });
    const leaf = root.child().child().child();
    const { signal } = leaf;
    root.cancel('first');
    root.cancel('second');
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe('first');
    expect(leaf.reason).toBe('first');
  });

  it('does not reach up: a cancelled child leaves its parent and its siblings alone', () => {
    const root = Call.root({ runtime: testRuntime() });
    const [one, two] = [root.child(), root.child()];
    const signals = [root.signal, one.signal, two.signal];
    one.cancel();
    expect(signals.map((signal) => signal.aborted)).toEqual([false, true, false]);
  });

  it('gives an aborted signal to whoever asks only after the cancellation', () => {
    const root = Call.root({ runtime: testRuntime() });
    const leaf = root.child().child();
    root.cancel('gone');
    expect(leaf.signal.reason).toBe('gone');
    expect(leaf.child().cancelled).toBe(true);
  });

  it('follows a signal from outside', () => {
    const outside = new AbortController();
    const root = Call.root({ runtime: testRuntime(), signal: outside.signal });
    const { signal } = root.child();
    outside.abort('client left');
    expect(signal.reason).toBe('client left');
    expect(root.reason).toBe('client left');
  });

  it('stops listening outside once released', () => {
    const outside = new AbortController();
    const removed = vi.spyOn(outside.signal, 'removeEventListener');
    const root = Call.root({ runtime: testRuntime(), signal: outside.signal });
    const { signal } = root;
    root.release();
    outside.abort();
    expect(removed).toHaveBeenCalledOnce();
    expect(signal.aborted).toBe(false);
  });

  it('allocates no AbortController in a stack that nobody asks for a signal', () => {
    const made = vi.spyOn(globalThis, 'AbortController');
    const root = Call.root({ runtime: testRuntime() });
    root.child().child({ deadline: 10 }).cancel();
    root.cancel();
    expect(made).not.toHaveBeenCalled();
    made.mockRestore();
  });

  it('forgets both deadline and cancellation, but not who it is, when detached', () => {
    const root = Call.root({ runtime: testRuntime(), deadline: 10, tenant: 'acme' });
    const detached = root.detach();
    root.cancel();
    expect(detached).toMatchObject({ tenant: 'acme', cancelled: false, deadline: Number.POSITIVE_INFINITY });
    expect(detached.traceparent).toBe(root.traceparent);
  });

  it('refuses work whose time is over', async () => {
    const runtime = testRuntime();
    const call = Call.root({ runtime, deadline: runtime.clock.now() + 50 });
    call.throwIfOver('reading');
    expect(call.remainingMs).toBe(50);
    await runtime.clock.advance(50);
    expect(() => call.throwIfOver('reading')).toThrowError(expect.objectContaining({ code: 'DEADLINE_EXCEEDED' }));
    expect(call.remainingMs).toBe(0);
  });

  it('does not tell a listener that was taken back by another one during the same cancellation', () => {
    const call = Call.root({ runtime: testRuntime() });
    const told: string[] = [];
    call.onCancel(() => {
      told.push('first');
      forget();
    });
    const forget = call.onCancel(() => told.push('second'));
    call.cancel('over');
    expect(told).toEqual(['first']);
  });

  it('tells at once who begins to listen when it is over already', () => {
    const call = Call.root({ runtime: testRuntime() });
    call.cancel('over');
    const told: unknown[] = [];
    call.child().onCancel((reason) => told.push(reason));
    expect(told).toEqual(['over']);
  });

  it('lets a parent that lives long forget whom nobody listens to any more, up to the signal it came with', () => {
    const outside = new AbortController();
    let listeners = 0;
    const { signal } = outside;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    };
    const root = Call.root({ runtime: testRuntime(), signal });
    for (let each = 0; each < 3; each++) {
      const leaf = root.child().child();
      const forget = leaf.onCancel(() => {});
      expect(listeners).toBe(1);
      forget();
      expect(listeners).toBe(0);
    }
    let told: unknown;
    root.child().onCancel((reason) => {
      told = reason;
    });
    outside.abort('gone');
    expect(told).toBe('gone');
  });
});
