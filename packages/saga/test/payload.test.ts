import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { everyTenant } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { defineSaga, jsonCodec, type PayloadCodec, terminal } from '@tutti/saga';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { after, empty, events, modes, mortalWorker, stopped, withSagas } from './engine.ts';

/** As somebody would write it who must keep secrets. */
function encrypting(key: Buffer): PayloadCodec {
  return {
    encode(value) {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      const text = Buffer.concat([cipher.update(jsonCodec.encode(value)), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64');
    },
    decode(text) {
      const bytes = Buffer.from(text, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAuthTag(bytes.subarray(12, 28));
      return jsonCodec.decode(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString());
    },
  };
}

describe.each(modes)('payloads on %s', (_name, makeStore, amnesia) => {
  it('over the limit are a failure of the step that is named, for good, and of nobody when it is the input', async () => {
    let attempts = 0;
    const saga = defineSaga(events, 'big', { input: z.object({ text: z.string() }), maxPayload: 1_000 })
      .step('a', { run: () => 'x'.repeat(900) })
      .step('b', {
        run: () => {
          attempts++;
          return 'é'.repeat(600);
        },
      });
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        await expect(sagas.startSaga('big', { text: 'x'.repeat(1_000) }, { id: 'one' })).rejects.toMatchObject({
          code: 'SAGA_PAYLOAD_REFUSED',
          message: expect.stringMatching(/^the input of 'big' has 10\d\d bytes; 1000 are the limit/),
        });
        await expect(sagas.get('one')).rejects.toMatchObject({ code: 'SAGA_NOT_FOUND' });
        const id = await sagas.startSaga('big', { text: 'x' });
        expect(await after(runtime, 1_500, sagas.result(id))).toMatchObject({
          code: 'SAGA_COMPENSATED',
          details: {
            step: 'b',
            failure: { code: 'SAGA_PAYLOAD_REFUSED', message: "the result of 'b' has 1202 bytes; 1000 are the limit" },
          },
        });
        expect(attempts).toBe(1);
      },
      { amnesia },
    );
  });

  it('go through the codec and back, and nothing of them can be read in the store', async () => {
    const seen: unknown[] = [];
    const codec = encrypting(randomBytes(32));
    const saga = defineSaga(events, 'secret', { input: z.object({ card: z.string() }) })
      .step('a', { run: ({ input }) => ({ pin: `of ${input.card}` }), compensate: ({ result }) => void seen.push(result) })
      .step('nothing', { run: () => undefined })
      .step('b', {
        run: ({ input, results }) => {
          seen.push([input, results]);
          throw terminal('no');
        },
      });
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime, store) => {
        const id = await sagas.startSaga('secret', { card: '4111-visible' });
        await after(runtime, 1_500, sagas.result(id));
        const result = { pin: 'of 4111-visible' };
        expect(seen).toEqual([[{ card: '4111-visible' }, { a: result, nothing: undefined }], result]);
        expect(JSON.stringify(await store.desk.load(id))).not.toMatch(/4111|pin/);
        expect((await sagas.get(id)).input).toEqual({ card: '4111-visible' });
      },
      { amnesia, codec },
    );
  });

  it('that the codec writes and cannot read again are a failure of the step', async () => {
    const codec: PayloadCodec = {
      encode: (value) => (value === 'odd' ? 'broken' : jsonCodec.encode(value)),
      decode: jsonCodec.decode,
    };
    const saga = defineSaga(events, 'odd', { input: empty })
      .step('a', { run: () => 'odd' })
      .step('b', { run: () => 2 });
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('odd', {});
        expect(await after(runtime, 1_500, sagas.result(id))).toMatchObject({
          code: 'SAGA_COMPENSATED',
          details: {
            step: 'a',
            failure: { code: 'SAGA_PAYLOAD_REFUSED', message: expect.stringMatching(/^the result of 'a' cannot be read/) },
          },
        });
        const numbers = (await sagas.history(id)).map(({ seq }) => seq);
        expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      },
      { amnesia, codec },
    );
  });

  it('that only another worker can read keep nobody here from the rest of the work', async () => {
    const runtime = testRuntime();
    const store = makeStore();
    const saga = defineSaga(events, 'keyed', { input: z.object({ n: z.number() }) })
      .sleep('rest', '10s')
      .step('a', { run: ({ input }) => input.n })
      .returns(({ results }) => results.a);
    const [right, wrong] = [encrypting(randomBytes(32)), encrypting(randomBytes(32))];
    const first = await mortalWorker(runtime, store, [saga], { amnesia, codec: right });
    const unreadable = await first.sagas.startSaga('keyed', { n: 1 });
    await runtime.clock.advance(1_500);
    first.end();
    const second = await mortalWorker(runtime, store, [saga], { amnesia, codec: wrong });
    const own = await second.sagas.startSaga('keyed', { n: 2 });
    expect(await after(runtime, 15_000, second.sagas.result(own))).toBe(2);
    const third = await mortalWorker(runtime, store, [saga], { amnesia, codec: right });
    second.end();
    expect(await after(runtime, 40_000, third.sagas.result(unreadable))).toBe(1);
    await stopped(runtime, third.sagas);
  });

  it('are shown without what is secret', async () => {
    const saga = defineSaga(events, 'shown', { input: z.object({ card: z.string(), to: z.string() }), redact: ['card', 'pin'] })
      .step('a', { run: () => ({ deep: [{ pin: '1234', ok: 1 }] }) })
      .step('b', { run: () => Promise.reject(terminal('no')) });
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('shown', { card: '4111', to: 'Rome' });
        await after(runtime, 1_500, sagas.result(id));
        const view = await sagas.get(id);
        expect([view.input, view.steps[0]?.result]).toEqual([{ card: '[redacted]', to: 'Rome' }, { deep: [{ pin: '[redacted]', ok: 1 }] }]);
        const dump = JSON.stringify([view, await sagas.history(id), await sagas.list({ tenant: everyTenant, limit: 10 })]);
        expect(dump).not.toMatch(/4111|1234/);
      },
      { amnesia },
    );
  });
});
