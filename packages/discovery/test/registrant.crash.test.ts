import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Endpoint } from '@tutti/core';
import { eventually } from '@tutti/core/testing';
import { ServiceDiscovery } from '@tutti/discovery';
import { sqliteBackend } from '@tutti/discovery/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Registrant, registrant } from './registrant-process.ts';

const ttlMs = 1_500;
const sweepMs = 200;
const ttl = `${ttlMs}ms`;

let folder: string;
let path: string;
let observer: ServiceDiscovery;
let running: Registrant[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tutti-discovery-'));
  path = join(folder, 'registry.db');
  observer = new ServiceDiscovery({ backend: sqliteBackend({ path, sweepInterval: `${sweepMs}ms` }) });
  running = [];
  await found();
});
afterEach(async () => {
  await Promise.all(
    running.map((one) => {
      one.signal('SIGCONT');
      return one.end('SIGKILL');
    }),
  );
  await observer.stop();
  await rm(folder, { recursive: true });
});

async function started(instanceId: string, lease: string = ttl): Promise<Registrant> {
  const one = await registrant(path, instanceId, lease);
  running.push(one);
  return one;
}
const found = (): Promise<readonly Endpoint[]> => observer.getService('voice');
const ids = async (): Promise<readonly string[]> => (await found()).map(({ instanceId }) => instanceId).toSorted();
const incarnationOf = async (instanceId: string): Promise<string | undefined> =>
  (await found()).find((endpoint) => endpoint.instanceId === instanceId)?.incarnation;
const elapsed = (since: number): number => performance.now() - since;

/** A machine with two busy cores may be late; a lease that never ends is later. */
const lateMs = 3_000;

describe('a process that registered an endpoint', () => {
  it('leaves nothing behind after kill -9 but until its lease ends, while those of others stay', async () => {
    const [killed] = [await started('killed'), await started('alive'), await started('long-lease', '1h')];
    await eventually('all three', async () => (await ids()).length === 3);
    const long = running[2] as Registrant;
    await Promise.all([killed.end('SIGKILL'), long.end('SIGKILL')]);
    const killedAt = performance.now();
    await eventually('the end of the lease', async () => !(await ids()).includes('killed'));
    expect(elapsed(killedAt)).toBeLessThan(ttlMs + sweepMs + lateMs);
    // Control: it was the ttl that did it. The same death under a long lease is not noticed by now.
    expect(await ids()).toEqual(['alive', 'long-lease']);
  });

  it('says goodbye on SIGTERM at once', async () => {
    const polite = await started('polite', '1h');
    await eventually('its endpoint', async () => (await ids()).length === 1);
    expect(await polite.end('SIGTERM')).toBe(0);
    await eventually('its end', async () => (await ids()).length === 0);
  });

  it('that stood still for longer than its lease comes back as a new life', async () => {
    const frozen = await started('frozen');
    frozen.signal('SIGSTOP'); // far from its next write: a process that is stopped in the middle of one keeps the file locked
    await eventually('its endpoint', async () => (await incarnationOf('frozen')) === frozen.incarnation);
    await eventually('the end of its lease', async () => (await ids()).length === 0);
    frozen.signal('SIGCONT');
    const again = await eventually('its new life', () => incarnationOf('frozen'));
    expect(again).not.toBe(frozen.incarnation);
  });

  it('that stood still for less than its lease (control) keeps its life', async () => {
    const napping = await started('napping', '1h');
    await eventually('its endpoint', async () => (await ids()).length === 1);
    napping.signal('SIGSTOP');
    await started('witness');
    await eventually('the witness', async () => (await ids()).length === 2);
    napping.signal('SIGCONT');
    expect(await incarnationOf('napping')).toBe(napping.incarnation);
    expect(await napping.end('SIGTERM')).toBe(0);
  });

  it('that was replaced while it stood still does not disturb its successor, not even with its farewell', async () => {
    const frozen = await started('voice-001', '1h');
    await eventually('its endpoint', async () => (await ids()).length === 1);
    frozen.signal('SIGSTOP');
    const successor = await started('voice-001');
    await eventually('the successor', async () => (await incarnationOf('voice-001')) === successor.incarnation);
    frozen.signal('SIGCONT');
    expect(await frozen.end('SIGTERM')).toBe(0);
    expect(await incarnationOf('voice-001')).toBe(successor.incarnation);
    // Control: a farewell that names the life that is there does end it.
    expect(await successor.end('SIGTERM')).toBe(0);
    await eventually('its end', async () => (await ids()).length === 0);
  });
});
