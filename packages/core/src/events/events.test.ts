import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { checkData } from './check-data.ts';
import { defineEvents, type EventOf, type EventOptions, event, type MatchingTypes } from './event-catalogue.ts';

/** The smallest schema there is: one string field. */
function fieldSchema<K extends string>(field: K): StandardSchemaV1<unknown, Record<K, string>> {
  return {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) =>
        typeof (value as Record<string, unknown>)?.[field] === 'string'
          ? { value: value as Record<K, string> }
          : { issues: [{ message: 'must be a string', path: [field] }] },
    },
  };
}

const events = defineEvents({
  'document.uploaded': event(fieldSchema('documentId'), { key: (data) => data.documentId }),
  'document.analysis.completed': event(fieldSchema('verdict'), { version: 2 }),
  'user.created': event(fieldSchema('userId')),
});
type Events = typeof events;

describe('the event catalogue', () => {
  it('infers data by type and by pattern', () => {
    expectTypeOf<MatchingTypes<Events, 'document.*'>>().toEqualTypeOf<'document.uploaded'>();
    expectTypeOf<MatchingTypes<Events, 'document.**'>>().toEqualTypeOf<'document.uploaded' | 'document.analysis.completed'>();
    expectTypeOf<MatchingTypes<Events, '*.created'>>().toEqualTypeOf<'user.created'>();
    expectTypeOf<MatchingTypes<Events, '**'>>().toEqualTypeOf<keyof Events>();
    expectTypeOf<MatchingTypes<Events, 'invoice.*'>>().toEqualTypeOf<never>();
    expectTypeOf<EventOf<Events, 'user.created'>['data']>().toEqualTypeOf<{ userId: string }>();
    expectTypeOf<EventOf<Events, 'document.**'>['type']>().toEqualTypeOf<'document.uploaded' | 'document.analysis.completed'>();
  });

  it('knows key and version of an event', () => {
    expect(events['document.uploaded'].key?.({ documentId: 'd1' })).toBe('d1');
    expect([events['document.uploaded'].version, events['document.analysis.completed'].version]).toEqual([1, 2]);
  });

  it.each(['Document.Uploaded', 'a..b', '', 'a.*', 'a b'])('refuses the type %j, which a pattern could not name', (type) => {
    expect(() => defineEvents({ [type]: event(fieldSchema('x')) })).toThrowError(expect.objectContaining({ code: 'INVALID_OPTIONS' }));
  });

  it.each([
    ['a step that is no function', { version: 3, upcast: { 1: 'v2' } }, 'event.upcast[1]'],
    ['a step beyond the version', { version: 2, upcast: { 2: () => ({}) } }, 'event.upcast[2]'],
    ['a step from no version', { version: 2, upcast: { zero: () => ({}) } }, 'event.upcast[zero]'],
    ['a priority that is none', { priority: 'urgent' }, 'event.priority'],
  ])('refuses %s', (_what, options, path) => {
    expect(() => event(fieldSchema('x'), options as EventOptions<unknown>)).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
    );
  });

  it('takes steps that name what they take', () => {
    const upcast = { 1: ({ name }: { name: string }) => ({ x: name }) };
    expect(event(fieldSchema('x'), { version: 2, upcast }).upcast).toEqual(upcast);
  });

  it('refuses a bare schema, which has lost its types', () => {
    expect(() => defineEvents({ 'a.b': fieldSchema('x') as never })).toThrowError(/must be made with event\(schema\)/);
  });
});

describe('checkData', () => {
  it('returns what the schema makes of a value and names the path of what is wrong', async () => {
    expect(await checkData('user.created', fieldSchema('userId'), { userId: 'u' })).toEqual({ userId: 'u' });
    await expect(checkData('user.created', fieldSchema('userId'), {})).rejects.toMatchObject({
      code: 'INVALID_DATA',
      message: 'user.created.userId must be a string',
    });
  });
});
