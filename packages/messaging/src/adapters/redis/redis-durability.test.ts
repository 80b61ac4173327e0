import { defaultRuntime, silentLogger } from '@tutti/core';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../../../tools/services/needs.ts';
import { type RedisServer, startRedis } from '../../../../../tools/services/redis.ts';
import { redisInbox, redisTransport } from '../redis.ts';

const runtime = { ...defaultRuntime, logger: silentLogger };

describeWith('redis-server', 'what an acknowledgement of a Redis is worth', () => {
  let server: RedisServer;
  let admin: Redis;
  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.url);
  });
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });

  it.each([
    [
      'nothing on the disk',
      [
        ['appendonly', 'no'],
        ['save', ''],
      ],
      ['redis-not-persistent'],
      /lost when it ends/,
    ],
    [
      'snapshots',
      [
        ['appendonly', 'no'],
        ['save', '3600 1'],
      ],
      ['redis-snapshots-only'],
      /since the last snapshot/,
    ],
    [
      'a log, written each second',
      [
        ['appendonly', 'yes'],
        ['appendfsync', 'everysec'],
      ],
      ['redis-appendfsync-everysec'],
      /two seconds/,
    ],
    [
      'a log, written when the system likes',
      [
        ['appendonly', 'yes'],
        ['appendfsync', 'no'],
      ],
      ['redis-appendfsync-no'],
      /up to the system/,
    ],
    [
      'a log, written at once',
      [
        ['appendonly', 'yes'],
        ['appendfsync', 'always'],
      ],
      [],
      /on the disk .* when they are acknowledged/,
    ],
  ] as const)('%s', async (_what, settings, names, words) => {
    for (const [name, value] of settings) await admin.config('SET', name, value);
    const transport = redisTransport({ url: server.url });
    const { acknowledged, warnings } = await transport.connect(runtime);
    expect(warnings.map(({ name }) => name)).toEqual(names);
    expect(acknowledged).toMatch(words);
    await transport.close();
  });

  it('a user that may not ask is told so, and works', async () => {
    await admin.call('ACL', 'SETUSER', 'plain', 'on', '>secret', '~*', '&*', '+@all', '-info', '-config');
    const transport = redisTransport({ url: `redis://plain:secret@127.0.0.1:${server.port}` });
    const { warnings } = await transport.connect(runtime);
    expect(warnings.map(({ name }) => name)).toEqual(['redis-persistence-unknown']);
    await transport.close();
  });

  it('a server that throws keys away is refused', async () => {
    await admin.config('SET', 'maxmemory', '100mb');
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await expect(redisTransport({ url: server.url }).connect(runtime)).rejects.toMatchObject({
      code: 'STORE_UNSUPPORTED',
      details: { problem: expect.stringContaining('allkeys-lru') },
    });
    await expect(redisInbox({ url: server.url }).connect(runtime)).rejects.toMatchObject({ code: 'STORE_UNSUPPORTED' });
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    const transport = redisTransport({ url: server.url });
    await transport.connect(runtime);
    await transport.close();
  });
});
