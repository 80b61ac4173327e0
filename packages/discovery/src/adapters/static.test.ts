import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Endpoint } from '@tutti/core';
import { checkLaws, eventually, type TestRuntime, testRuntime } from '@tutti/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DiscoveryBackend, ServiceDiscovery } from '../index.ts';
import { type BackendSubject, leaseLaws, readLaws, registryWatch, watchLaws } from '../testing/index.ts';
import {
  type FileBackendOptions,
  fileBackend,
  fileBackendDefaults,
  type PublishedEndpoint,
  type StaticBackendOptions,
  staticBackend,
} from './static.ts';

const written = ({ serviceName, instanceId, host, port }: Endpoint): PublishedEndpoint => ({ serviceName, instanceId, host, port });
const one: PublishedEndpoint = { serviceName: 'voice', host: '127.0.0.1', port: 8001 };
const two: PublishedEndpoint = { serviceName: 'voice', host: '127.0.0.1', port: 8002 };
const pollMs = 2_000;

let folder: string;
let path: string;
let runtime: TestRuntime;
let backends: DiscoveryBackend[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tutti-file-'));
  path = join(folder, 'endpoints.json');
  runtime = testRuntime();
  backends = [];
});
afterEach(async () => {
  await Promise.all(backends.map((backend) => backend.close()));
  await rm(folder, { recursive: true });
});

function opened(options: Partial<FileBackendOptions> = {}): DiscoveryBackend {
  const backend = fileBackend({ path, runtime, ...options });
  backends.push(backend);
  return backend;
}
/** Replaces the file whole, as editors and deployments do. */
async function replace(content: string): Promise<void> {
  await writeFile(`${path}.new`, content);
  await rename(`${path}.new`, path);
}
const listed = (...endpoints: readonly PublishedEndpoint[]): string => JSON.stringify({ endpoints });
/** Two looks of the loop, the second of which believes what the first one saw. */
const later = async (what: string, holds: () => boolean): Promise<unknown> =>
  eventually(what, async () => {
    await runtime.clock.advance(pollMs);
    return holds();
  });

async function fileSubject(): Promise<BackendSubject> {
  const services = new Map<string, readonly Endpoint[]>();
  const publish: BackendSubject['publish'] = async (serviceName, endpoints) => {
    services.set(serviceName, endpoints);
    await replace(listed(...Array.from(services, ([name, each]) => each.map((one) => ({ ...written(one), serviceName: name }))).flat()));
  };
  await publish('voice', []);
  return { runtime, connect: opened, pass: (ms) => runtime.clock.advance(ms), publish };
}

/** What is published before the first client is there; afterwards nothing can be. */
function listSubject(): BackendSubject {
  const endpoints: PublishedEndpoint[] = [];
  return {
    runtime,
    connect: () => staticBackend({ endpoints }),
    pass: (ms) => runtime.clock.advance(ms),
    async publish(serviceName, each) {
      endpoints.push(...each.map((endpoint) => ({ ...written(endpoint), serviceName })));
    },
  };
}

/** Laws that say nothing of what is only read, so that they are listed as such. */
const ofRegistering = [...watchLaws, ...leaseLaws].map((law) => ({ ...law, requires: 'registers' as const }));
const ofChange = (id: string): boolean => ['DI-42', 'DI-43', 'DI-45'].includes(id);

describe('the file backend', () => {
  checkLaws(it, readLaws, fileSubject);
  checkLaws(it, ofRegistering, fileSubject, { registers: false });
});

describe('the static backend', () => {
  const laws = readLaws.map((law) => (ofChange(law.id) ? { ...law, requires: 'changes' } : law));
  checkLaws(it, laws, listSubject, { changes: false });
  checkLaws(it, ofRegistering, listSubject, { registers: false });
});

describe('a file of endpoints', () => {
  it('that is wrong keeps what was good, says where it is wrong, and is good again with the same content', async () => {
    await replace(listed(one));
    await using watch = registryWatch(opened());
    await eventually('the snapshot', () => watch.heard.length === 1);
    await replace(listed(one, { ...two, port: 0 }));
    await later('the warning', () => watch.malformed.size > 0);
    expect(watch.malformed.get(path)).toBe('endpoints[1].port must be a whole number from 1 to 65535, got 0');
    expect(watch.endpoints.size).toBe(1);
    await replace(listed(one));
    await later('the end of the warning', () => watch.malformed.size === 0);
    expect(watch.heard).toEqual(['snapshot:1', `malformed:${path}`, 'snapshot:1']);
  });

  it('that is half written is no reason to say anything', async () => {
    await replace(listed(one));
    await using watch = registryWatch(opened());
    await eventually('the snapshot', () => watch.heard.length === 1);
    await writeFile(path, listed(one, two).slice(0, 40));
    await runtime.clock.advance(pollMs / 4);
    await writeFile(path, listed(one, two));
    await later('the second endpoint', () => watch.endpoints.size === 2);
    expect(watch.heard.filter((heard) => heard.startsWith('malformed'))).toEqual([]);
  });

  it('that stays half written (control) is told', async () => {
    await replace(listed(one));
    await using watch = registryWatch(opened());
    await eventually('the snapshot', () => watch.heard.length === 1);
    await writeFile(path, listed(one, two).slice(0, 40));
    await later('the warning', () => watch.malformed.size > 0);
    expect([watch.endpoints.size, watch.malformed.get(path)]).toEqual([1, expect.stringContaining('must be JSON')]);
  });

  it('that is gone keeps what was good, also for those who watch from then on', async () => {
    await replace(listed(one, two));
    const backend = opened();
    await using watch = registryWatch(backend);
    await eventually('the snapshot', () => watch.heard.length === 1);
    await unlink(path);
    await later('the warning', () => watch.malformed.size > 0);
    await using another = registryWatch(backend);
    await eventually('its snapshot', () => another.malformed.size > 0);
    expect([watch.endpoints.size, another.endpoints.size]).toEqual([2, 2]);
  });

  it('that was never good is a registry that cannot be read, and is read when it is good', async () => {
    await replace('{ "endpoints": {} }');
    await using discovery = new ServiceDiscovery({ backend: opened(), runtime });
    await expect(discovery.getService('voice')).rejects.toMatchObject({
      code: 'DISCOVERY_UNAVAILABLE',
      cause: { code: 'STORE_UNAVAILABLE', details: { store: path, problem: 'endpoints must be an array of endpoints' } },
    });
    await replace(listed(one));
    await later('the endpoint', () => discovery.staleMs('voice') === 0);
    expect((await discovery.getService('voice')).map(({ port }) => port)).toEqual([8001]);
  });

  it('is read again as soon as the system tells of a change', async () => {
    await replace(listed(one));
    await using watch = registryWatch(opened());
    await eventually('the snapshot', () => watch.heard.length === 1);
    await replace(listed(one, two));
    await eventually('the second endpoint, with the clock standing still', () => watch.endpoints.size === 2);
  });

  it('is read again where the system tells nothing: behind a link', async () => {
    const elsewhere = join(folder, 'elsewhere');
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, 'real.json'), listed(one));
    await symlink(join(elsewhere, 'real.json'), path);
    await using watch = registryWatch(opened());
    await eventually('the snapshot', () => watch.heard.length === 1);
    await writeFile(join(elsewhere, 'real.json'), listed(one, two));
    await later('the second endpoint', () => watch.endpoints.size === 2);
  });

  it('makes of any change of an endpoint another life of the same instance', async () => {
    await replace(listed(one, two));
    await using watch = registryWatch(opened());
    await eventually('the snapshot', () => watch.heard.length === 1);
    const before = new Map(watch.endpoints);
    await replace(listed({ ...one, weight: 3, metadata: { owner: 'ada' } }, two));
    await later('the change', () => watch.endpoints.get('127.0.0.1:8001')?.weight === 3);
    expect(watch.endpoints.get('127.0.0.1:8001')?.incarnation).not.toBe(before.get('127.0.0.1:8001')?.incarnation);
    expect(watch.endpoints.get('127.0.0.1:8002')).toBe(before.get('127.0.0.1:8002'));
  });

  it('takes whom it names no more for one who was taken out on purpose', async () => {
    await replace(listed(one, two));
    const told: unknown[] = [];
    const listening = new AbortController();
    const watching = opened().watch('voice', (change) => told.push(change), listening.signal);
    await eventually('the snapshot', () => told.length === 1);
    await replace(listed(one));
    await later('the end', () => told.length === 2);
    listening.abort();
    await watching;
    expect(told[1]).toMatchObject({ kind: 'remove', endpoint: { instanceId: '127.0.0.1:8002' }, farewell: true });
  });

  it('is not looked at while nobody watches', async () => {
    await replace(listed(one));
    const watch = registryWatch(opened());
    await eventually('the snapshot', () => watch.heard.length === 1);
    expect(runtime.clock.nextDelayMs()).toBeLessThan(pollMs * 1.2);
    watch.abort();
    await watch.ended;
    expect(runtime.clock.nextDelayMs()).toBeUndefined();
  });

  it('has the default that its page says', () => expect(fileBackendDefaults).toEqual({ pollInterval: '2s' }));
});

describe('what is no list of endpoints', () => {
  it.each([
    [{}, 'staticBackend.endpoints is missing'],
    [{ endpoints: 'voice' }, "staticBackend.endpoints must be an array, got 'voice'"],
    [{ endpoints: [7] }, 'staticBackend.endpoints[0] must be an endpoint, got 7'],
    [{ endpoints: [one, { ...two, host: '' }] }, "staticBackend.endpoints[1].host must be a host name or an address, got ''"],
    [{ endpoints: [{ ...one, state: 'ready' }] }, 'staticBackend.endpoints[0].state is not an option'],
    [{ endpoints: [{ ...one, tags: ['a', 7] }] }, 'staticBackend.endpoints[0].tags[1] must be a non-empty string, got 7'],
    [{ endpoints: [one, two, one] }, "staticBackend.endpoints[2] is the second one of voice that is called '127.0.0.1:8001'"],
  ])('is refused: %j', (options, message) => {
    expect(() => staticBackend(options as StaticBackendOptions)).toThrowError(message);
  });

  it('names an instance by its place, and by a digest where that is no id', async () => {
    const hosts = ['voice.example', '::1', 'x'.repeat(200)];
    await using watch = registryWatch(staticBackend({ endpoints: hosts.map((host) => ({ ...one, host })) }));
    await eventually('the snapshot', () => watch.heard.length === 1);
    expect([...watch.endpoints.keys()]).toEqual([
      'voice.example:8001',
      expect.stringMatching(/^at-[0-9a-f]{32}$/),
      expect.stringMatching(/^at-[0-9a-f]{32}$/),
    ]);
  });

  it.each([
    [{}, 'fileBackend.path is missing'],
    [{ path: 'a.json', pollInterval: 5 }, 'fileBackend.pollInterval must be a duration'],
  ])('nor is %j a file', (options, message) => {
    expect(() => fileBackend(options as FileBackendOptions)).toThrowError(message);
  });
});
