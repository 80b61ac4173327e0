import type { CloudEvent } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import { compileFilter } from './compile-filter.ts';

const event = {
  type: 'order.placed',
  subject: 'o-1',
  tenantid: 'acme',
  data: { total: 12, paid: true, note: null, address: { city: 'Bonn' }, tags: ['a'] },
} as unknown as CloudEvent;

describe('a filter', () => {
  it.each([
    [{ 'data.paid': true }, true],
    [{ 'data.paid': false }, false],
    [{ 'data.total': 12, subject: 'o-1' }, true],
    [{ 'data.total': 12, subject: 'o-2' }, false],
    [{ 'data.address.city': ['Bonn', 'Rome'] }, true],
    [{ 'data.address.city': ['Rome'] }, false],
    [{ 'data.total': { gt: 11, lt: 13 } }, true],
    [{ 'data.total': { gte: 12, lte: 12 } }, true],
    [{ 'data.total': { gt: 12 } }, false],
    [{ 'data.total': { gt: '1' } }, false],
    [{ 'data.address.city': { gt: 'A', startsWith: 'Bo' } }, true],
    [{ 'data.total': { startsWith: '1' } }, false],
    [{ 'data.total': { not: 12 } }, false],
    [{ 'data.total': { not: [1, 2] } }, true],
    [{ 'data.missing': { not: 1 } }, true],
    [{ 'data.missing': 1 }, false],
    [{ 'data.missing': { exists: false } }, true],
    [{ 'data.note': { exists: true } }, false],
    [{ 'data.note': null }, true],
    [{ tenantid: 'acme' }, true],
    [{ 'data.total.deeper': 1 }, false],
    [{ 'data.toString': { exists: true } }, false],
  ])('%j is %s', (filter, passes) => {
    expect(compileFilter(filter)(event)).toBe(passes);
  });

  it.each([
    ['nothing', {}, 'subscribe.filter'],
    ['an empty path', { '': 1 }, "subscribe.filter['']"],
    ['an empty step', { 'data..x': 1 }, "subscribe.filter['data..x']"],
    ['a member of every object', { 'data.__proto__': 1 }, "subscribe.filter['data.__proto__']"],
    ['no value', { 'data.x': undefined }, "subscribe.filter['data.x']"],
    ['no operator', { 'data.x': {} }, "subscribe.filter['data.x']"],
    ['an unknown operator', { 'data.x': { like: 'a' } }, "subscribe.filter['data.x.like']"],
    ['an object as a value', { 'data.x': [{}] }, "subscribe.filter['data.x[0]']"],
    ['a bound that cannot be compared', { 'data.x': { gt: true } }, "subscribe.filter['data.x.gt']"],
    ['NaN', { 'data.x': { lt: Number.NaN } }, "subscribe.filter['data.x.lt']"],
  ])('refuses %s', (_what, filter, path) => {
    expect(() => compileFilter(filter)).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
    );
  });
});
