import { defineEvents, type EventOf, event } from '@tutti/core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { memoryTransport } from '../adapters/memory.ts';
import { EventBus } from '../bus/event-bus.ts';
import type { EventFilter } from './event-filter.ts';

const address = z.object({ city: z.string(), at: z.object({ floor: z.object({ door: z.object({ bell: z.string() }) }) }) });
const events = defineEvents({
  'order.placed': event(
    z.object({
      total: z.number(),
      paid: z.boolean(),
      kind: z.enum(['new', 'again']),
      note: z.string().nullable(),
      address: address.optional(),
      tags: z.array(z.object({ name: z.string() })),
      labels: z.record(z.string(), z.string()),
      constructor: z.string(),
    }),
  ),
  'order.cancelled': event(z.object({ reason: z.string(), total: z.string() })),
  'file.stored': event(z.unknown()),
});
type Placed = EventFilter<EventOf<typeof events, 'order.placed'>>;
type Order = EventFilter<EventOf<typeof events, 'order.*'>>;
type Any = EventFilter<EventOf<typeof events, '**'>>;

describe('the type of a filter', () => {
  it('takes a value, a list and operators of the type of the member', () => {
    expectTypeOf<{ 'data.paid': true }>().toExtend<Placed>();
    expectTypeOf<{ 'data.paid': [true, false] }>().toExtend<Placed>();
    expectTypeOf<{ 'data.total': { gt: 1; lte: 2; not: [3]; exists: true } }>().toExtend<Placed>();
    expectTypeOf<{ 'data.kind': 'new'; subject: 'o-1'; tenantid: ['a', 'b'] }>().toExtend<Placed>();
    expectTypeOf<{ 'data.note': null }>().toExtend<Placed>();
    expectTypeOf<{ 'data.address': { exists: false } }>().toExtend<Placed>();
    expectTypeOf<{ 'data.address.city': { startsWith: 'B' } }>().toExtend<Placed>();
    expectTypeOf<{ 'data.labels.anything': 'x' }>().toExtend<Placed>();
    expectTypeOf<{ priority: 'high' }>().toExtend<Placed>();
  });

  it('takes no other value', () => {
    expectTypeOf<{ 'data.paid': 'yes' }>().not.toExtend<Placed>();
    expectTypeOf<{ 'data.paid': ['yes'] }>().not.toExtend<Placed>();
    expectTypeOf<{ 'data.total': { gt: '1' } }>().not.toExtend<Placed>();
    expectTypeOf<{ 'data.kind': 'old' }>().not.toExtend<Placed>();
    expectTypeOf<{ 'data.total': null }>().not.toExtend<Placed>();
    expectTypeOf<{ 'data.address': 'Bonn' }>().not.toExtend<Placed>();
    expectTypeOf<{ priority: 'urgent' }>().not.toExtend<Placed>();
  });

  it('knows the members of every event of a pattern', () => {
    expectTypeOf<{ 'data.reason': 'late'; 'data.paid': true }>().toExtend<Order>();
    expectTypeOf<{ 'data.total': [1, 'much'] }>().toExtend<Order>();
    expectTypeOf<{ 'data.total': true }>().not.toExtend<Order>();
    expectTypeOf<{ type: 'order.placed' }>().toExtend<Order>();
    expectTypeOf<{ type: 'order.lost' }>().not.toExtend<Order>();
    expectTypeOf<{ 'data.whatever.it.is': 1 }>().toExtend<Any>();
  });

  it('is checked where a bus is subscribed', () => {
    const bus = new EventBus({ events, transport: memoryTransport() });
    const hear = (filter: Placed): unknown => bus.subscribe('order.placed', () => {}, 'billing', { filter });
    hear({ 'data.address.at.floor': { exists: true } });
    hear(({ data }) => data.paid);
    bus.subscribe('order.*', () => {}, 'billing', { filter: { 'data.reason': 'late' } });
    bus.subscribe('order.*', () => {}, 'billing', { filter: (event) => event.type === 'order.placed' && event.data.paid });
    const compiledOnly = (): void => {
      // @ts-expect-error -- no such member
      hear({ 'data.payed': true });
      // @ts-expect-error -- a list is not entered
      hear({ 'data.tags.length': 1 });
      // @ts-expect-error -- too deep
      hear({ 'data.address.at.floor.door.bell': 'x' });
      // @ts-expect-error -- a truth has no order
      hear({ 'data.paid': { gt: true } } as const);
      // @ts-expect-error -- no such operator
      hear({ 'data.total': { like: 1 } });
      // @ts-expect-error -- a number does not start with anything
      hear({ 'data.total': { startsWith: '1' } });
      // @ts-expect-error -- an event of another pattern
      hear({ 'data.reason': 'late' });
      // @ts-expect-error -- a member every object has
      hear({ 'data.constructor': 'x' });
      // @ts-expect-error -- no event of the pattern has it
      bus.subscribe('order.*', () => {}, 'billing', { filter: { 'data.reasons': 'late' } });
    };
    expect(compiledOnly).toBeTypeOf('function'); // the compiler is the test
  });
});
