import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { defaultRuntime, silentLogger } from '@tutti/core';
import { checkLaws } from '@tutti/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../../../tools/services/needs.ts';
import { type RedisServer, startRedis } from '../../../../../tools/services/redis.ts';
import type { Inbox } from '../../inbox/inbox.ts';
import { type InboxSubject, inboxLaws } from '../../testing/inbox-laws.ts';
import { type RedisInboxOptions, redisInbox } from '../redis.ts';

describeWith('redis-server', 'the redis inbox', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
  });
  afterAll(() => server.stop());

  async function subject(): Promise<InboxSubject & { dispose(): Promise<void> }> {
    const name = randomUUID();
    const members: Inbox[] = [];
    const end = async (): Promise<void> => void (await Promise.all(members.map((member) => member.close())));
    return {
      runtime: { ...defaultRuntime, logger: silentLogger },
      maxEvents: 200,
      maxAgeMs: 1_000,
      member() {
        const member = redisInbox({ url: server.url, name, maxEvents: 200, maxAge: '1s' });
        members.push(member);
        return member;
      },
      pass: (ms) => pause(ms),
      async restart() {
        await end();
        await server.restart();
      },
      dispose: end,
    };
  }
  checkLaws(it, inboxLaws, subject, { durable: true, transactional: false });
});

it.each([
  ['no place', {}, 'redisInbox'],
  ['two places', { url: 'redis://a', nodes: ['redis://b'] }, 'redisInbox'],
  ['a number that is not whole', { url: 'redis://a', maxEvents: 1.5 }, 'redisInbox.maxEvents'],
])('the redis inbox refuses %s', (_what, options, path) => {
  expect(() => redisInbox(options as RedisInboxOptions)).toThrowError(
    expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
  );
});
