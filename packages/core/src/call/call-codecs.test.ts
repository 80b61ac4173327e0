import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testRuntime } from '../testing/index.ts';
import { Call } from './call.ts';
import { readCallAttributes, writeCallAttributes } from './call-attributes.ts';
import { readCallHeaders, writeCallHeaders } from './call-headers.ts';

const words = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' });
const fields = fc.record({ tenant: words, principal: words, idempotencyKey: words, attempt: fc.integer({ min: 1, max: 99 }) });
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
    const headers = sent(Call.root({ runtime, tenant: 'acme', principal: 'root', attempt: 7 }));
    expect(readCallHeaders(headers, { from: 'client', runtime })).toMatchObject({ tenant: undefined, principal: undefined, attempt: 1 });
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
        expect(read.remainingMs).toBe(5_000);
      }),
    );
  });

  it('treat what has the wrong type as absent', () => {
    const runtime = testRuntime();
    const read = readCallAttributes({ tenantid: 7, deadline: 'soon' }, runtime);
    expect([read.tenant, read.deadline]).toEqual([undefined, Number.POSITIVE_INFINITY]);
  });
});
