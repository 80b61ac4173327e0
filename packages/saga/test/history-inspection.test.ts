import { Call } from '@tutti/core';
import { inspectionServer } from '@tutti/core/inspect';
import { testRuntime } from '@tutti/core/testing';
import { defineSaga, memoryStore, SagaOrchestrator } from '@tutti/saga';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { after, events, stopped } from './engine.ts';

const token = 'sixteen-characters-or-more';
const by = { actor: 'ada', reason: 'why does it stand still?' };

const trip = defineSaga(events, 'trip', { input: z.object({ to: z.string() }), redact: ['card'] })
  .step('flight', { run: ({ input }) => ({ to: input.to, card: '4711' }) })
  .step('hotel', { run: () => 'booked' });

describe('the history of one saga over HTTP', () => {
  const runtime = testRuntime();
  const records: unknown[] = [];
  const sagas = new SagaOrchestrator({ store: memoryStore(), sagas: [trip], runtime });
  const server = inspectionServer({ inspectables: [sagas], audit: { record: async (record) => void records.push(record) }, token });
  beforeAll(async () => {
    await sagas.start();
    await server.start();
    const call = Call.root({ runtime, tenant: 'acme' });
    const id = await sagas.startSaga('trip', { to: 'Oslo' }, { id: 'order-17', call });
    await after(runtime, 1_000, sagas.result(id));
  });
  afterAll(async () => {
    await server.stop();
    await stopped(runtime, sagas);
  });

  async function ask(target: string, details?: object, authorization = `Bearer ${token}`) {
    const response = await fetch(`${server.url}/inspect/v1/saga/actions/history`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ ...by, target, ...(details && { details }) }),
    });
    const body = (await response.json()) as {
      code?: string;
      detail?: string;
      result: { items: { seq: number; what: string }[]; next?: string };
    };
    return { status: response.status, ...body };
  }

  it('is what the orchestrator has, without what is secret, and that somebody looked is recorded', async () => {
    const { status, result } = await ask('order-17');
    expect([status, result]).toEqual([200, { items: JSON.parse(JSON.stringify(await sagas.history('order-17'))) }]);
    expect(result.items.find(({ what }) => what === 'done')).toMatchObject({ step: 'flight', result: { to: 'Oslo', card: '[redacted]' } });
    expect(JSON.stringify(result)).not.toContain('4711');
    expect(records.slice(-2)).toMatchObject([
      { action: 'saga.history', target: 'order-17', actor: 'ada', outcome: 'begun' },
      { outcome: 'done' },
    ]);
    const refused = await ask('order-17', undefined, 'Bearer another-token-of-sixteen');
    expect([refused.status, refused.code]).toEqual([401, 'INSPECT_UNAUTHENTICATED']);
  });

  it('comes in pages, each thing once', async () => {
    const { result: all } = await ask('order-17');
    for (const limit of [1, 2, all.items.length]) {
      const seen: unknown[] = [];
      let next: string | undefined;
      do {
        const { result } = await ask('order-17', { limit, ...(next !== undefined && { after: next }) });
        expect(result.items.length).toBeLessThanOrEqual(limit);
        seen.push(...result.items);
        next = result.next;
      } while (next !== undefined);
      expect(seen).toEqual(all.items);
    }
  });

  it('is there only for the tenant whose saga it is, where one is named', async () => {
    expect((await ask('order-17', { tenant: 'acme' })).result.items).toHaveLength((await sagas.history('order-17')).length);
    expect([await ask('order-17', { tenant: 'umbrella' }), await ask('nobody')]).toMatchObject([
      { status: 422, code: 'SAGA_NOT_FOUND' },
      { status: 422, code: 'SAGA_NOT_FOUND' },
    ]);
  });

  it.each([{ limit: 0 }, { limit: 1_001 }, { tenant: '' }, { after: 'x' }, { before: '1' }])('refuses %j', async (details) => {
    expect(await ask('order-17', details)).toMatchObject({
      status: expect.toSatisfy((status: number) => status === 400 || status === 422),
      code: 'INVALID_ARGUMENT',
    });
  });

  it('says what it wants', async () => {
    const index = await fetch(`${server.url}/inspect/v1`, { headers: { authorization: `Bearer ${token}` } });
    const { features } = (await index.json()) as { features: { actions: { name: string; details?: object }[] }[] };
    expect(features[0]?.actions.find(({ name }) => name === 'history')?.details).toMatchObject({
      properties: { limit: { maximum: 1_000 } },
    });
  });
});
