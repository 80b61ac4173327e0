import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testRuntime } from '../testing/index.ts';
import { readBaggage, writeBaggage } from './baggage.ts';
import { Call } from './call.ts';
import { readCallAttributes, writeCallAttributes } from './call-attributes.ts';
import { readCallHeaders, readResultHeaders, writeCallHeaders, writeResultHeaders } from './call-headers.ts';
import { readCallAmqp, readCallKafka, writeCallAmqp, writeCallKafka } from './call-messages.ts';
import { currentCall, runWithCall } from './current-call.ts';

const words = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' });
const fields = fc.record({
  tenant: words,
  principal: words,
  idempotencyKey: words,
  attempt: fc.integer({ min: 1, max: 99 }),
  tracestate: fc.constantFrom('vendor=1', 'a=1,b=2'),
  baggage: fc
    .dictionary(fc.stringMatching(/^[a-z]{1,8}$/), words, { minKeys: 1, maxKeys: 4 })
    .map((members) => writeBaggage(Object.entries(members))),
});
const sent = (call: Call): Record<string, string> => {
  const headers: Record<string, string> = {};
  writeCallHeaders(call, headers);
  return headers;
};

describe('call headers', () => {
  it('carry a whole call to a trusted peer, in bytes a header may hold', () => {
    fc.assert(
      fc.property(fields, (given) => {
        const runtime = testRuntime();
        const call = Call.root({ runtime, ...given, deadline: runtime.clock.now() + 1_234 });
        const headers = sent(call);
        for (const value of Object.values(headers)) expect(value).toMatch(/^[\x20-\x7e]*$/);
        const read = readCallHeaders(headers, { from: 'peer', runtime });
        expect(read).toMatchObject(given);
        expect(read.remainingMs).toBe(1_234);
        expect([read.traceparent, read.correlationId]).toEqual([call.traceparent, call.correlationId]);
      }),
    );
  });

  it('take the time already spent off the deadline', async () => {
    const runtime = testRuntime();
    const call = Call.root({ runtime, deadline: runtime.clock.now() + 300 });
    await runtime.clock.advance(120);
    expect(sent(call)['tutti-remaining-ms']).toBe('180');
  });

  it('give a client no identity and no attempt', () => {
    const runtime = testRuntime();
    const headers = sent(Call.root({ runtime, tenant: 'acme', principal: 'root', attempt: 7, baggage: 'a=1' }));
    expect(readCallHeaders(headers, { from: 'client', runtime })).toMatchObject({
      tenant: undefined,
      principal: undefined,
      baggage: undefined,
      attempt: 1,
    });
  });

  it.each([
    ['traceparent', '00-0000-1-01'],
    ['traceparent', '00-00000000000000000000000000000000-00f067aa0ba902b7-01'],
    ['tutti-remaining-ms', '-1'],
    ['tutti-remaining-ms', '1e9'],
    ['tutti-attempt', '0'],
    ['tutti-tenant', '%E0%A4%A'],
    ['x-correlation-id', 'a\nb'],
  ])('treat a malformed %s as absent: %s', (name, value) => {
    const runtime = testRuntime();
    const read = readCallHeaders({ [name]: value }, { from: 'peer', runtime });
    expect([read.deadline, read.attempt, read.tenant]).toEqual([Number.POSITIVE_INFINITY, 1, undefined]);
    expect([read.traceparent, read.correlationId]).not.toContain(value);
  });

  it('treat a header that came twice as absent', () => {
    const runtime = testRuntime();
    expect(readCallHeaders({ 'tutti-tenant': ['a', 'b'] }, { from: 'peer', runtime }).tenant).toBeUndefined();
  });
});

describe('call attributes', () => {
  it('carry identity and an absolute deadline on a message', () => {
    fc.assert(
      fc.property(fields, ({ attempt: _deliveriesCountTheirOwn, ...given }) => {
        const runtime = testRuntime();
        const call = Call.root({ runtime, ...given, deadline: runtime.clock.now() + 5_000 });
        const attributes = writeCallAttributes(call);
        for (const name of Object.keys(attributes)) expect(name).toMatch(/^[a-z\d]+$/);
        const read = readCallAttributes(JSON.parse(JSON.stringify(attributes)), runtime);
        expect(read).toMatchObject(given);
        expect(read.remainingMs).toBe(6_000);
      }),
    );
  });

  it.each([
    ['AMQP', writeCallAmqp, readCallAmqp],
    ['Kafka', writeCallKafka, readCallKafka],
  ] as const)('survive the headers of %s, beside headers of others', (_name, write, read) => {
    fc.assert(
      fc.property(fields, ({ attempt: _deliveriesCountTheirOwn, ...given }) => {
        const runtime = testRuntime();
        const call = Call.root({ runtime, ...given, deadline: runtime.clock.now() + 5_000 });
        const headers: Record<string, never> = {};
        write(call, headers);
        const carried = read({ ...headers, 'x-other': 1, ce_strange: 7, cloudEvents_strange: [] }, runtime);
        expect(carried).toMatchObject(given);
        expect([carried.traceparent, carried.correlationId, carried.remainingMs]).toEqual([call.traceparent, call.correlationId, 6_000]);
      }),
    );
    expect(read(undefined, testRuntime()).tenant).toBeUndefined();
  });

  it('allow for clocks that differ, but never for more time than the sender gave', () => {
    const runtime = testRuntime();
    const stamp = (afterMs: number): string => new Date(runtime.clock.epoch() + afterMs).toISOString();
    const remaining = (attributes: Record<string, unknown>): number => readCallAttributes(attributes, runtime).remainingMs;
    expect(remaining({ deadline: stamp(-500) })).toBe(500); // a sender whose clock is behind, or a late message: not dropped early
    expect(remaining({ deadline: stamp(-1_500) })).toBe(0);
    expect(remaining({ deadline: stamp(60_000), time: stamp(59_000) })).toBe(1_000); // a sender whose clock is a minute ahead
    expect(remaining({ deadline: stamp(5_000), time: stamp(0) })).toBe(5_000);
  });

  it('treat what has the wrong type as absent', () => {
    const runtime = testRuntime();
    const read = readCallAttributes({ tenantid: 7, deadline: 'soon' }, runtime);
    expect([read.tenant, read.deadline]).toEqual([undefined, Number.POSITIVE_INFINITY]);
  });
});

describe('result headers', () => {
  it('tell the caller that retries were used up, for that failure alone', () => {
    const callee = Call.root({ runtime: testRuntime() });
    const failure = new Error('down');
    callee.noteExhausted(failure);
    const headers: Record<string, string> = {};
    writeResultHeaders(callee, new Error('wrapped', { cause: failure }), headers);
    const caller = Call.root({ runtime: testRuntime() });
    const made = new Error('503');
    readResultHeaders(caller.child(), made, headers);
    expect([caller.isExhausted(made), caller.isExhausted(new Error('another'))]).toEqual([true, false]);
    const none: Record<string, string> = {};
    writeResultHeaders(callee, new Error('another'), none);
    expect(none).toEqual({});
  });
});

describe('baggage', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[!#$%&'*+.^_`|~\dA-Za-z-]{1,12}$/), words, { maxKeys: 20 }), (members) => {
        expect(Object.fromEntries(readBaggage(writeBaggage(Object.entries(members))))).toEqual({ ...members });
      }),
    );
  });

  it('loses what is malformed, alone, and properties', () => {
    expect([...readBaggage('a=1;secret, b = %E4%20 ,c,=d, e=%C3%A4 ;p=1')]).toEqual([
      ['a', '1'],
      ['e', 'ä'],
    ]);
    expect(readBaggage(undefined).size).toBe(0);
  });

  it('is refused where it is too much to pass on', () => {
    expect(() => writeBaggage([['a b', '1']])).toThrowError(/baggage\.a b must have a name/);
    expect(() => writeBaggage([['a', 'x'.repeat(9_000)]])).toThrowError(/at most 64 members and 8192 bytes, got 1 and 9002/);
  });
});

describe('the current call', () => {
  it('is found by code that was not handed it, across awaits, and only below', async () => {
    const call = Call.root({ runtime: testRuntime() });
    const seen = await runWithCall(call, async () => {
      await Promise.resolve();
      return currentCall();
    });
    expect(seen).toBe(call);
    expect(currentCall()).toBeUndefined();
  });
});
