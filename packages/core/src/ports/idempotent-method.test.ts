import { expect, it } from 'vitest';
import { isIdempotentMethod } from './idempotent-method.ts';

it('tells the idempotent methods of RFC 9110', () => {
  const methods = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'POST', 'PATCH', 'get', 'PURGE'];
  expect(methods.filter(isIdempotentMethod)).toEqual(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);
});
