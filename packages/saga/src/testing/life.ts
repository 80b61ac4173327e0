import type { Runtime, Timer } from '@tutti/core';
import type { SagaStore } from '../store/saga-store.ts';

/** One life of a process, as a store and a clock see it. */
export interface Life<R extends Runtime> {
  readonly runtime: R;
  readonly store: SagaStore;
  /** Stops it as SIGSTOP does: what is due and what is answered waits, and all of it comes at once when it is thawed. */
  freeze(): void;
  thaw(): void;
  /** Ends it as SIGKILL does: no timer fires any more, no answer arrives, and nothing that is still asked reaches the store. */
  end(): void;
}

/** A process on a store and a runtime that outlive it. */
export function lifeOn<R extends Runtime>(runtime: R, store: SagaStore): Life<R> {
  const waiting: (() => void)[] = [];
  let state: 'running' | 'frozen' | 'over' = 'running';
  const come: Come = (what) => {
    if (state === 'running') what();
    else if (state === 'frozen') waiting.push(what);
  };
  const after = (delayMs: number, callback: () => void): Timer => {
    let cancelled = false;
    const timer = runtime.clock.after(delayMs, () => come(() => cancelled || callback()));
    return {
      ...timer,
      cancel() {
        cancelled = true;
        timer.cancel();
      },
    };
  };
  return {
    runtime: { ...runtime, clock: { ...runtime.clock, after } },
    store: mortal(store, come, runtime),
    freeze() {
      if (state === 'running') state = 'frozen';
    },
    thaw() {
      if (state !== 'frozen') return;
      state = 'running';
      for (const what of waiting.splice(0)) what();
    },
    end() {
      state = 'over';
      waiting.length = 0;
    },
  };
}

/** Does it now, later or never, as the process is. */
type Come = (what: () => void) => void;

const nested: ReadonlySet<PropertyKey> = new Set(['desk', 'outbox']);

/** @param runtime What the store works with: its own timers outlive its users. */
function mortal<T extends object>(part: T, come: Come, runtime: Runtime): T {
  return new Proxy(part, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (nested.has(name)) return mortal(member as object, come, runtime);
      if (typeof member !== 'function') return member;
      if (name === 'watch') return (listener: () => void) => member.call(target, () => come(listener));
      const given = name === 'open' ? [runtime] : undefined;
      return (...args: readonly unknown[]) => answered(() => member.apply(target, given ?? args) as Promise<unknown>, come);
    },
  });
}

function answered(ask: () => Promise<unknown>, come: Come): Promise<unknown> {
  return new Promise((resolve, reject) =>
    come(() => {
      ask().then(
        (answer) => come(() => resolve(answer)),
        (error: unknown) => come(() => reject(error)),
      );
    }),
  );
}
