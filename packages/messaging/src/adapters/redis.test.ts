import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { defaultRuntime, silentLogger } from '@tutti/core';
import { checkLaws, tcpFaultProxy } from '@tutti/core/testing';
import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, it } from 'vitest';
import { describeWith } from '../../../../tools/services/needs.ts';
import { type RedisCluster, type RedisServer, startRedis, startRedisCluster } from '../../../../tools/services/redis.ts';
import { eventTransportLaws } from '../testing/event-transport-laws.ts';
import type { EventTransportSubject } from '../testing/event-transport-subject.ts';
import type { EventTransport } from '../transport/event-transport.ts';
import { redisTransport } from './redis.ts';

const runtime = { ...defaultRuntime, logger: silentLogger };
const { capabilities } = redisTransport({ url: 'redis://127.0.0.1:1' });

/** Real time and a real server: short leases, and a name for each law. */
function realTime(name: string, make: () => EventTransport, leaseMs = 400): EventTransportSubject & { readonly members: EventTransport[] } {
  const members: EventTransport[] = [];
  return {
    runtime,
    leaseMs,
    members,
    member() {
      const member = make();
      members.push(member);
      return member;
    },
    pass: (ms) => pause(ms),
    inject: () => Promise.reject(new Error(`nobody writes to ${name}`)),
    async dispose() {
      await Promise.all(members.map((member) => member.close()));
    },
  };
}

const entry = (name: string, type: string, body: string): [string, string, ...string[]] => [
  `law:bus:{${name}}:1`,
  '*',
  't',
  type,
  'd',
  body,
];

describeWith('redis-server', 'the redis transport on one server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
  });
  afterAll(() => server.stop());

  async function subject(leaseMs?: number): Promise<EventTransportSubject> {
    const name = randomUUID();
    const proxy = await tcpFaultProxy({ target: { port: server.port } });
    const url = `redis://127.0.0.1:${proxy.port}`;
    const made = realTime(name, () => redisTransport({ url, name, keyPrefix: 'law:' }), leaseMs);
    return {
      ...made,
      async inject(type, body) {
        const client = new Redis(server.url);
        await client.xadd(...entry(name, type, body));
        client.disconnect();
      },
      async restart() {
        await server.kill(); // first, so that the members can release nothing: they die with what they hold
        await Promise.all(made.members.map((member) => member.close()));
        await server.restart();
      },
      async interrupt(ms) {
        await proxy.change({ connect: 'refuse' });
        proxy.end('reset');
        await pause(ms);
        await proxy.heal();
      },
      async dispose() {
        await made.dispose?.();
        await proxy.close();
      },
    };
  }
  /** A server takes a moment to start, and delays run on meanwhile: its leases are longer. */
  const restarts = (id: string): boolean => id === 'EV-20';
  const others = eventTransportLaws.filter(({ id }) => !restarts(id));
  checkLaws(it, others, () => subject(), capabilities);
  const ofRestarts = eventTransportLaws.filter(({ id }) => restarts(id));
  checkLaws(it, ofRestarts, () => subject(4_000), capabilities);
});

describeWith('redis-server', 'the redis transport on a cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 60_000);
  afterAll(() => cluster.stop());

  async function subject(): Promise<EventTransportSubject> {
    const name = randomUUID();
    const made = realTime(name, () => redisTransport({ nodes: cluster.nodes, name, keyPrefix: 'law:' }));
    return {
      ...made,
      async inject(type, body) {
        const client = new Cluster([...cluster.nodes]);
        await client.xadd(...entry(name, type, body));
        client.disconnect();
      },
    };
  }
  // its nodes are neither restarted nor cut off here: what that does is the same on one server
  checkLaws(
    it,
    eventTransportLaws.filter(({ id }) => id !== 'EV-20' && id !== 'EV-29'),
    subject,
    capabilities,
  );
});
