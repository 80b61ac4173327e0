import { checkLaws, inspectableLaws, type TestRuntime, testRuntime } from '@tutti/core/testing';
import { defineSaga, memoryStore, SagaOrchestrator, terminal } from '@tutti/saga';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { after, events, once } from '../../test/engine.ts';

const by = { actor: 'ada', reason: 'it is mended' };

/** Sagas that end well, cannot be undone, or get stuck, as they are told. */
function someSagas() {
  const state = { broken: true };
  const input = z.object({ card: z.string() });
  const fine = defineSaga(events, 'fine', { input }).step('do', { run: () => 1 });
  const messy = defineSaga(events, 'messy', { input, redact: ['card'] })
    .step('pack', {
      run: () => 1,
      compensate: () => {
        if (state.broken) throw terminal('the warehouse is closed');
      },
    })
    .step('ship', { run: () => Promise.reject(terminal('no courier')) });
  const stuck = defineSaga(events, 'late', { input })
    .pivot('pay', { run: () => 1 })
    .step('tell', {
      kind: 'retriable',
      retry: once,
      run: () => {
        if (state.broken) throw new Error('no mailer');
      },
    });
  return { sagas: [fine, messy, stuck] as const, state };
}

async function shown(runtime: TestRuntime = testRuntime()) {
  const { sagas, state } = someSagas();
  const orchestrator = new SagaOrchestrator({ store: memoryStore(), sagas, runtime });
  await orchestrator.start();
  for (const [index, { name }] of [...sagas, ...sagas].entries()) {
    const id = await orchestrator.startSaga(name, { card: '4711' }, { id: `${name}-${index}` });
    await after(runtime, 100, orchestrator.result(id));
  }
  const resource = (name: string) => orchestrator.resources().find((each) => each.name === name);
  const action = (name: string) => orchestrator.actions().find((each) => each.name === name);
  return { orchestrator, runtime, state, resource, action };
}

describe('what an orchestrator shows of itself', () => {
  checkLaws(it, inspectableLaws, async () => ({ inspectable: (await shown()).orchestrator }));

  it('says of a saga when it is due only while it waits for a time', async () => {
    const { resource, orchestrator } = await shown();
    const all = await resource('sagas')?.list({ limit: 10 });
    expect(all?.items).toHaveLength(6);
    expect(all?.items.filter(({ dueAt }) => dueAt !== undefined)).toEqual([]);
    expect(await orchestrator.get('fine-0')).not.toHaveProperty('waiting');
  });

  it('has what is parked with why, and what may be asked of it', async () => {
    const { resource } = await shown();
    const all = await resource('parked sagas')?.list({ limit: 10 });
    expect(all?.items.map(({ id }) => id)).toEqual(['messy-4', 'messy-1', 'late-5', 'late-2']);
    expect(all?.items[1]).toEqual({
      id: 'messy-1',
      saga: 'messy',
      status: 'compensation_failed',
      failure: { code: 'SAGA_TERMINAL', message: 'no courier', details: { problem: 'no courier' }, step: 'ship' },
      verbs: [
        { verb: 'retry', effect: "tries to undo 'pack' again, with all attempts" },
        { verb: 'skip', step: 'pack', effect: "leaves 'pack' as it is and takes it as undone" },
      ],
    });
    expect(JSON.stringify(all)).not.toContain('4711');
  });

  it('opens what is parked, by its id and, to skip an undo, its step', async () => {
    const { action, orchestrator, runtime, state } = await shown();
    expect(await action('skip')?.run({ ...by, target: 'messy-1/pack' })).toEqual({ asked: 'messy-1/pack' });
    await after(runtime, 100, orchestrator.result('messy-1' as never));
    expect((await orchestrator.get('messy-1')).status).toBe('compensated');
    state.broken = false;
    await action('retry')?.run({ ...by, target: 'late-2' });
    await after(runtime, 100, orchestrator.result('late-2' as never));
    expect((await orchestrator.get('late-2')).status).toBe('completed');
    await expect(action('cancel')?.run({ ...by, target: 'late-2' })).rejects.toMatchObject({ code: 'SAGA_REQUEST_REFUSED' });
    await expect(action('retry')?.run({ ...by, target: 'nobody' })).rejects.toMatchObject({ code: 'SAGA_NOT_FOUND' });
  });
});
