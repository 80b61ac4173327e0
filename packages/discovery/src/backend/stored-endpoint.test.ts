import type { Endpoint } from '@tutti/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endpointOf } from '../testing/endpoint-of.ts';
import { readEndpoint, storeEndpoint } from './stored-endpoint.ts';

const full = endpointOf('a:1', '1', {
  version: '1.2.0',
  zone: 'north',
  weight: 0.5,
  tags: ['ai'],
  metadata: JSON.parse('{"owner":"Ada\'s","__proto__":"x"}'),
  tenant: 'acme',
  state: 'draining',
});
const record = (fields: object): string => JSON.stringify({ ...endpointOf('a', '1'), ...fields });

describe('an endpoint in a registry', () => {
  it.each([[endpointOf('a', '1')], [full]])('comes back as it was, frozen to the bottom (%#)', (endpoint) => {
    const read = readEndpoint('voice', storeEndpoint(endpoint));
    expect(read).toEqual(endpoint);
    for (const part of [read, read.tags, read.metadata]) expect(Object.isFrozen(part)).toBe(true);
  });

  it('takes with it nothing that only this process thinks of it', () => {
    const read = readEndpoint('voice', storeEndpoint({ ...endpointOf('a', '1'), later: 1, suspect: true } as Endpoint));
    expect(read).toEqual(endpointOf('a', '1'));
  });

  it('may have members that a later version wrote', () => {
    expect(readEndpoint('voice', record({ colour: 'red' }))).toEqual(endpointOf('a', '1'));
  });

  it.each([
    ['{', 'endpoint must be JSON'],
    ['[]', 'endpoint must be an object, got an array'],
    ['null', 'endpoint must be an object, got null'],
    [record({ serviceName: 'chart' }), "endpoint.serviceName must be 'voice', got 'chart'"],
    [record({ port: 0 }), 'endpoint.port must be a whole number from 1 to 65535, got 0'],
    [record({ host: undefined }), 'endpoint.host is missing'],
    [record({ host: 'h/admin?' }), "endpoint.host must be a host name or an address, got 'h/admin?'"],
    [record({ instanceId: '../x' }), 'endpoint.instanceId must be 1 to 128 letters'],
    [record({ incarnation: 7 }), 'endpoint.incarnation must be a non-empty string, got 7'],
    [record({ weight: -1 }), 'endpoint.weight must be a number ≥ 0, got -1'],
    [record({ tags: ['a', 1] }), 'endpoint.tags[1] must be a non-empty string, got 1'],
    [record({ metadata: { a: 1 } }), "endpoint.metadata must be an object of strings, got 1 under 'a'"],
    [record({ state: 'suspect' }), "endpoint.state must be 'ready' or 'unhealthy' or 'draining', got 'suspect'"],
    [record({ tenant: '' }), "endpoint.tenant must be a non-empty string, got ''"],
    [record({ zone: null }), 'endpoint.zone must be a non-empty string, got null'],
  ])('is refused with the path: %s', (text, message) => {
    expect(() => readEndpoint('voice', text)).toThrowError(expect.objectContaining({ code: 'INVALID_DATA' }));
    expect(() => readEndpoint('voice', text)).toThrowError(message);
  });

  it('is refused unread where it is larger than any that is written', () => {
    const text = record({ metadata: { a: 'x'.repeat(65_536) } });
    expect(() => readEndpoint('voice', text)).toThrowError('endpoint must have at most 65536 characters, got 65');
  });

  it('is an endpoint or INVALID_DATA, whatever the record holds', () => {
    const names = fc.constantFrom(...Object.keys(full), '__proto__', 'toString');
    const strange = fc.dictionary(names, fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(full))));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          strange.map((fields) => record(fields)),
        ),
        (text) => {
          try {
            expect(storeEndpoint(readEndpoint('voice', text))).toEqual(storeEndpoint(readEndpoint('voice', text)));
          } catch (error) {
            expect(error).toMatchObject({ code: 'INVALID_DATA', details: { path: expect.stringMatching(/^endpoint/) } });
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
