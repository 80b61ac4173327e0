import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { defaultRuntime, type Runtime, silentLogger } from '@tutti/core';
import type { RedisConnection, RedisReply } from '@tutti/core/redis';
import { testRuntime } from '@tutti/core/testing';
import { type RedisBackendOptions, redisBackend } from '../src/adapters/redis.ts';
import type { DiscoveryBackend } from '../src/index.ts';
import type { BackendSubject } from '../src/testing/index.ts';

export const quiet: Runtime = { ...defaultRuntime, logger: silentLogger };

/** Leaves a record where the backend keeps that of an instance, as somebody would who knows nothing of logs and bells. */
export async function plantRecord(
  connection: RedisConnection,
  keyPrefix: string,
  ...[service, instance, endpoint]: readonly [string, string, string]
): Promise<void> {
  const { incarnation = '' } = (tryJson(endpoint) ?? {}) as { incarnation?: string };
  const record = `600000\n${JSON.stringify(incarnation)}\nready\n${endpoint}`;
  await connection.command('HSET', `${keyPrefix}discovery:{${service}}:lives`, instance, record);
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Another text for a script: without a check, for a control. */
export type Rewrite = (script: string) => string;

/** A connection of its own key prefix that others share, whose scripts ask `now` for the time and not the server. */
export function withClock(
  connection: RedisConnection,
  keyPrefix: string,
  now: () => number,
  rewrite: Rewrite = (script) => script,
): RedisConnection & { settled(): Promise<void> } {
  const running = new Set<Promise<RedisReply>>();
  return Object.create(connection, {
    keyPrefix: { value: keyPrefix },
    script: {
      value: (...[script, keys, args]: Parameters<RedisConnection['script']>) => {
        const time = `{ ${Math.floor(now() / 1_000)}, ${Math.floor((now() % 1_000) * 1_000)} }`;
        const text = script.text.replace("call('TIME')", time);
        if (text === script.text) throw new Error('the script does not ask for the time');
        const reply = connection.command('EVAL', rewrite(text), keys.length, ...keys, ...args);
        running.add(reply);
        void reply.catch(() => undefined).finally(() => running.delete(reply));
        return reply;
      },
    },
    settled: {
      value: async () => {
        while (running.size > 0) await Promise.allSettled(running);
      },
    },
  });
}

/** Real servers, real sockets, and leases on a clock that is moved by hand. */
export function subjectOnTestClock(connection: RedisConnection, rewrite?: Rewrite): BackendSubject {
  const runtime = testRuntime();
  const keyPrefix = `${randomUUID()}:`;
  const timed = withClock(connection, keyPrefix, () => runtime.clock.epoch(), rewrite);
  const backends: DiscoveryBackend[] = [];
  return {
    runtime,
    connect() {
      const backend = redisBackend({ connection: timed, reconcileEvery: '2s', runtime });
      backends.push(backend);
      return backend;
    },
    async pass(ms) {
      await runtime.clock.advance(ms);
      await timed.settled();
    },
    plant: (...record) => plantRecord(connection, keyPrefix, ...record),
    async dispose() {
      await Promise.all(backends.map((backend) => backend.close()));
    },
  };
}

/** Clients with connections of their own, and leases on the clock of the server. */
export function subjectOnServerClock(place: Pick<RedisBackendOptions, 'url' | 'nodes'>): BackendSubject {
  const keyPrefix = `${randomUUID()}:`;
  const backends: DiscoveryBackend[] = [];
  return {
    runtime: quiet,
    connect() {
      const backend = redisBackend({ ...place, keyPrefix, sweepInterval: '200ms', runtime: quiet });
      backends.push(backend);
      return backend;
    },
    pass: (ms) => pause(ms),
    async dispose() {
      await Promise.all(backends.map((backend) => backend.close()));
    },
  };
}
