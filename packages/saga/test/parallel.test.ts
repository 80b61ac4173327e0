import { sleep } from '@tutti/core';
import { defineSaga, terminal } from '@tutti/saga';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { after, empty, events, modes, steady, untilCancelled, withSagas } from './engine.ts';

describe.each(modes)('steps side by side on %s', (_name, makeStore, amnesia) => {
  it('take as long as the longest, not as all together', async () => {
    const lasting = (ms: number) => ({
      run: ({ call }: { call: { runtime: { clock: never } } }) => sleep(call.runtime.clock, ms).then(() => ms),
    });
    const saga = defineSaga(events, 'wide', { input: empty })
      .parallel((all) =>
        all
          .step('a', lasting(1_000) as never)
          .step('b', lasting(3_000) as never)
          .step('c', lasting(2_000) as never),
      )
      .returns(({ results }) => [results.a, results.b, results.c]);
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const startedAt = runtime.clock.now();
        const id = await sagas.startSaga('wide', {});
        expect(await after(runtime, 5_000, sagas.result(id))).toEqual([1_000, 3_000, 2_000]);
        expect(((await sagas.get(id)).endedAt ?? 0) - startedAt).toBeLessThan(3_050);
      },
      { amnesia },
    );
  });

  it('are cut off when one of them fails for good, and undone side by side as one unit', async () => {
    const log: string[] = [];
    const undo = (name: string) => ({
      compensate: async ({ outcome, call }: { outcome: string; call: { runtime: { clock: never } } }) => {
        log.push(`undo ${name} ${outcome}`);
        await sleep(call.runtime.clock, 1_000);
        log.push(`${name} is undone`);
      },
    });
    const saga = defineSaga(events, 'race', { input: empty })
      .step('before', { run: () => 1, compensate: () => void log.push('undo before') })
      .parallel((all) =>
        all
          .step('done', { run: () => 1, ...undo('done') } as never)
          .step('long', {
            timeout: '1h',
            run: ({ signal }: { signal: AbortSignal }) =>
              untilCancelled(signal, (reason) => log.push(`aborted: ${(reason as Error).message}`)),
            ...undo('long'),
          } as never)
          .step('fails', {
            run: async ({ call }) => {
              await sleep(call.runtime.clock, 2_000);
              throw terminal('no');
            },
          }),
      );
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('race', {});
        expect(await after(runtime, 6_000, sagas.result(id))).toMatchObject({ code: 'SAGA_COMPENSATED', details: { step: 'fails' } });
        expect(log[0]).toMatch(/^aborted: .*'fails' beside it failed/);
        expect(log.slice(1, 3).toSorted()).toEqual(['undo done done', 'undo long unknown']);
        expect(log.slice(3, 5).toSorted()).toEqual(['done is undone', 'long is undone']);
        expect(log.slice(5)).toEqual(['undo before']);
      },
      { amnesia },
    );
  });

  it('see what came before them and not each other, also after a restart', async () => {
    const seen: unknown[] = [];
    const saga = defineSaga(events, 'blind', { input: z.object({}) })
      .step('before', { run: () => 1 })
      .parallel((both) =>
        both.step('quick', { run: () => 2 }).step('slow', {
          retry: steady(2, '1m'),
          run: ({ results, attempt }) => {
            seen.push({ ...results });
            if (attempt === 1) throw new Error('not now');
            return 3;
          },
        }),
      )
      .step('after', { run: ({ results }) => void seen.push({ ...results }) });
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('blind', {});
        await after(runtime, 65_000, sagas.result(id));
        expect(seen).toEqual([{ before: 1 }, { before: 1 }, { before: 1, quick: 2, slow: 3 }]);
      },
      { amnesia },
    );
  });

  it('share their checkpoints', async () => {
    const saga = defineSaga(events, 'shared', { input: empty }).parallel((all) =>
      all
        .step('a', { run: () => 1 })
        .step('b', { run: () => 2 })
        .step('c', { run: () => 3 }),
    );
    const names: string[] = [];
    const counted = (): ReturnType<typeof makeStore> => {
      const store = makeStore();
      return new Proxy(store, {
        get(target, key) {
          const member: unknown = Reflect.get(target, key);
          if (key !== 'checkpoint') return member;
          return (checkpoint: { name: string }) => {
            names.push(checkpoint.name);
            return (member as (one: unknown) => unknown).call(target, checkpoint);
          };
        },
      });
    };
    await withSagas(
      counted,
      [saga],
      async (sagas, runtime) => {
        await after(runtime, 500, sagas.result(await sagas.startSaga('shared', {})));
        if (!amnesia) expect(names).toEqual(['outcome', 'finish']); // all three intents went with the start
        expect(names.filter((name) => name === 'intent')).toEqual([]);
      },
      { amnesia },
    );
  });
});
