import { checkLaws, testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { type InboxSubject, inboxLaws } from '../testing/inbox-laws.ts';
import { memoryInbox } from './memory-inbox.ts';

/** All members of a memory inbox are one object, as there is nothing that two could share. */
function subject(): InboxSubject {
  const runtime = testRuntime();
  const limits = { maxEvents: 200, maxAgeMs: 60_000 };
  const inbox = memoryInbox({ maxEvents: limits.maxEvents, maxAge: '1m' });
  return { ...limits, runtime, member: () => inbox, pass: (ms) => runtime.clock.advance(ms) };
}

describe('the memory inbox', () => {
  checkLaws(it, inboxLaws, subject, { durable: memoryInbox().durable, transactional: memoryInbox().transactional });

  it.each([
    ['a number that is not whole', { maxEvents: 1.5 }, 'memoryInbox.maxEvents'],
    ['none at all', { maxEvents: 0 }, 'memoryInbox.maxEvents'],
    ['an age without its unit', { maxAge: 5 }, 'memoryInbox.maxAge'],
    ['a place', { path: 'inbox.db' }, 'memoryInbox.path'],
  ])('refuses %s', (_what, options, path) => {
    expect(() => memoryInbox(options as object)).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
    );
  });
});
