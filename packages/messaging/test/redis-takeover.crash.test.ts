import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { type RedisServer, startRedis } from '../../../tools/services/redis.ts';
import { redisTransport } from '../src/adapters/redis.ts';
import { never } from '../src/testing/event-transport-subject.ts';
import { fresh, openOn, quiet } from './redis-bus.ts';

const program = fileURLToPath(new URL('./programs/redis-holder.ts', import.meta.url));
const leaseMs = 600;

describeWith('redis-server', 'a member of a bus on Redis that falls silent', () => {
  let server: RedisServer;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    server = await startRedis();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });
  afterAll(() => server.stop());

  async function holder(name: string): Promise<{ readonly child: ChildProcess; says(): Promise<string> }> {
    const child = spawn(process.execPath, ['--conditions=@tutti/source', program, server.url, name, String(leaseMs)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(child);
    const says = async (): Promise<string> => String((await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data'))[0]).trim();
    expect(await says()).toBe('holds');
    return { child, says };
  }

  it.each(['SIGKILL', 'SIGSTOP'] as const)('loses what it held to another after %s, and is refused when it wakes up', async (signal) => {
    const name = randomUUID();
    const transport = redisTransport({ url: server.url, name });
    await transport.connect(quiet);
    await transport.append([fresh('held')]);
    const feed = await openOn(transport, { from: 'beginning', leaseMs });
    await feed.close(); // the subscription begins before the event, its members come later
    const { child, says } = await holder(name);
    child.kill(signal);
    const successor = await openOn(transport, { leaseMs });
    expect(await successor.receive(1, leaseMs / 4, never)).toEqual([]);
    const [delivery] = await successor.receive(1, 20_000, never);
    expect(delivery).toMatchObject({ attempt: 2, takenOver: true, event: { id: 'held' } });
    if (signal === 'SIGSTOP') {
      child.kill('SIGCONT');
      child.stdin?.write('now\n');
      expect(await says()).toBe('false');
    }
    expect(await successor.settle([{ kind: 'ack', receipt: String(delivery?.receipt) }])).toEqual([true]);
    await transport.close();
  });

  it('control: where the entry stays in the list of the group, the late acknowledgement is taken for the successor’s', async () => {
    const admin = new Redis(server.url);
    await admin.xgroup('CREATE', 'raw', 'g', '$', 'MKSTREAM');
    const id = String(await admin.xadd('raw', '*', 'd', 'held'));
    await admin.xreadgroup('GROUP', 'g', 'zombie', 'COUNT', 1, 'STREAMS', 'raw', '>');
    await admin.xclaim('raw', 'g', 'successor', 0, id);
    expect(await admin.xack('raw', 'g', id)).toBe(1); // Redis does not ask who says so
    admin.disconnect();
  });
});
