import { withCode } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { requestContent } from './request-content.ts';

const content = (body?: unknown, headers?: Record<string, string>) =>
  requestContent({ serviceName: 's', method: 'POST', path: '/', ...(body !== undefined && { body }), ...(headers && { headers }) });

describe('the content of a request', () => {
  it('is bytes and strings as they are, and no body as none', () => {
    const bytes = new Uint8Array([1, 2]);
    expect(content(bytes).body).toBe(bytes);
    expect(content('text')).toMatchObject({ body: 'text', headers: {} });
    expect(content().body).toBeNull();
  });

  it('is JSON with its content type for anything else', () => {
    expect(content({ a: 1 })).toMatchObject({ body: '{"a":1}', headers: { 'content-type': 'application/json' } });
    expect(content([], { 'Content-Type': 'application/vnd.x+json' }).headers).toEqual({ 'content-type': 'application/vnd.x+json' });
    expect(content(null).body).toBe('null');
  });

  it.each([[1n], [() => 1], [Symbol('s')]])('refuses what JSON cannot hold: %s', (body) => {
    expect(() => content({ toJSON: () => body })).toThrowError(expect.toSatisfy(withCode('INVALID_ARGUMENT')));
  });
});
