import type { Runtime, Timer } from '@tutti/core';
import type { SagaStore } from '../store/saga-store.ts';

/** One life of a process, as a store and a clock see it. */
export interface Life<R extends Runtime> {
  readonly runtime: R;
  readonly store: SagaStore;
  /** Ends it as SIGKILL does: no timer fires any more, no answer arrives, and nothing that is still asked reaches the store. */
  end(): void;
}

/** A process on a store and a runtime that outlive it. */
export function lifeOn<R extends Runtime>(runtime: R, store: SagaStore): Life<R> {
  let over = false;
  const after = (delayMs: number, callback: () => void): Timer =>
    runtime.clock.after(delayMs, () => {
      if (!over) callback();
    });
  return {
    runtime: { ...runtime, clock: { ...runtime.clock, after } },
    store: mortal(store, () => over),
    end() {
      over = true;
    },
  };
}

const nested: ReadonlySet<PropertyKey> = new Set(['desk', 'outbox']);

function mortal<T extends object>(part: T, isOver: () => boolean): T {
  return new Proxy(part, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (nested.has(name)) return mortal(member as object, isOver);
      if (name === 'watch')
        return (listener: () => void) => (member as (l: () => void) => () => void).call(target, () => isOver() || listener());
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]) => answered(() => member.apply(target, args) as Promise<unknown>, isOver);
    },
  });
}

function answered(ask: () => Promise<unknown>, isOver: () => boolean): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (isOver()) return;
    ask().then(
      (answer) => void (isOver() || resolve(answer)),
      (error: unknown) => void (isOver() || reject(error)),
    );
  });
}
