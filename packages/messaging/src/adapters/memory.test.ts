import { randomUUID } from 'node:crypto';
import { checkLaws, testRuntime } from '@tutti/core/testing';
import { describe, it } from 'vitest';
import { eventTransportLaws } from '../testing/event-transport-laws.ts';
import { type EventTransportSubject, testEvent } from '../testing/event-transport-subject.ts';
import { memoryTransport } from './memory.ts';

function memorySubject(): EventTransportSubject {
  const runtime = testRuntime();
  const transport = memoryTransport();
  return {
    runtime,
    leaseMs: 15_000,
    member: () => transport.join(),
    pass: (ms) => runtime.clock.advance(ms),
    async inject(type, json) {
      const outsider = transport.join();
      await outsider.connect(runtime);
      await outsider.append([{ ...testEvent(randomUUID(), { type }), json }]);
    },
  };
}

describe('the memory transport', () => {
  checkLaws(it, eventTransportLaws, memorySubject, memoryTransport().capabilities);
});
