import { type ConfigStore, memoryConfigStore } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { APIGateway } from '../api-gateway.ts';

const upstreams = { lease: () => Promise.reject, ready: async () => {} } as never;
const route = (path: string) => ({ path, serviceName: 's', public: true });

async function following(config: ConfigStore): Promise<APIGateway> {
  const gateway = new APIGateway({ upstreams, config, routesKey: 'gateway/routes', runtime: testRuntime() });
  await gateway.start();
  return gateway;
}
const paths = async (gateway: APIGateway): Promise<unknown> =>
  (await gateway.resources()[0]?.list({ limit: 10 }))?.items.map(({ path }) => path);

describe('routes in a store', () => {
  it('are in force when the gateway has started, and again at every change', async () => {
    const config = memoryConfigStore();
    await config.put('gateway/routes', [route('/a')], 0, 'ada');
    await using gateway = await following(config);
    expect(await paths(gateway)).toEqual(['/a']);
    await config.put('gateway/routes', [route('/b'), route('/c')], 1, 'ada');
    expect(await paths(gateway)).toEqual(['/b', '/c']);
    await config.put('gateway/routes', null, 2, 'ada');
    expect(await paths(gateway)).toEqual([]);
  });

  it('stay as they were when others are wrong anywhere, and it is said why', async () => {
    const config = memoryConfigStore();
    await config.put('gateway/routes', [route('/a')], 0, 'ada');
    await using gateway = await following(config);
    for (const [revision, wrong, path] of [
      [1, [route('/b'), { ...route('/c'), timeout: 45 }], 'routes[1].timeout'],
      [2, [{ ...route('/b'), servicename: 's' }], 'routes[0].servicename'],
      [3, { '/b': 's' }, 'routes must be an array'],
      [4, ['/b'], 'routes[0]'],
      [5, [route('/b'), route('/b')], 'routes[1]'],
    ] as const) {
      await config.put('gateway/routes', wrong, revision, 'ben');
      expect(await paths(gateway)).toEqual(['/a']);
      expect(await gateway.health()).toMatchObject({ status: 'degraded', reason: expect.stringContaining(path) });
      const source = await gateway.resources()[1]?.list({ limit: 1 });
      expect(source?.items).toMatchObject([{ key: 'gateway/routes', revision: 1, refused: { revision: revision + 1 } }]);
    }
    await config.put('gateway/routes', [route('/b')], 6, 'ada');
    expect([await paths(gateway), (await gateway.health()).status]).toEqual([['/b'], 'healthy']);
  });

  it('keep a gateway from starting when they are wrong from the first', async () => {
    const config = memoryConfigStore();
    await config.put('gateway/routes', [{ path: '/a' }], 0, 'ada');
    await expect(following(config)).rejects.toMatchObject({ code: 'INVALID_OPTIONS', details: { path: 'routes[0].serviceName' } });
  });

  it('are those of the process until there are some', async () => {
    const config = memoryConfigStore();
    await using gateway = new APIGateway({ upstreams, config, routesKey: 'gateway/routes' });
    gateway.addRoute(route('/own'));
    await gateway.start();
    expect(await paths(gateway)).toEqual(['/own']);
    await config.put('gateway/routes', [route('/a')], 0, 'ada');
    expect(await paths(gateway)).toEqual(['/a']);
  });

  it('can be taken back by hand', async () => {
    const config = memoryConfigStore();
    await config.put('gateway/routes', [route('/a')], 0, 'ada');
    await using gateway = await following(config);
    const [rollback] = gateway.actions();
    const input = { actor: 'eve', reason: 'broken', target: 'gateway/routes' };
    await expect(rollback?.run(input)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await config.put('gateway/routes', [route('/b')], 1, 'ben');
    expect(await rollback?.run(input)).toEqual({ revision: 3, wasRevision: 1 });
    expect(await paths(gateway)).toEqual(['/a']);
    await expect(rollback?.run({ ...input, target: 'other' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('are followed no more by a gateway that has stopped', async () => {
    const config = memoryConfigStore();
    const gateway = await following(config);
    await gateway.stop();
    await config.put('gateway/routes', [route('/a')], 0, 'ada');
    expect(await paths(gateway)).toEqual([]);
  });
});

it.each([
  [{ config: memoryConfigStore() }, 'gateway.routesKey'],
  [{ routesKey: 'gateway/routes' }, 'gateway.config'],
  [{ config: {}, routesKey: 'gateway/routes' }, 'gateway.config'],
  [{ services: [''] }, 'gateway.services[0]'],
  [{ middleware: [] }, 'gateway.middleware'],
])('a gateway with %j is refused for its %s', (wrong, path) => {
  expect(() => new APIGateway({ upstreams, ...(wrong as object) })).toThrowError(
    expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
  );
});
