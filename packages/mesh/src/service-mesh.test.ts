import { Call, type EndpointLease, memoryConfigStore, type ServiceResponse } from '@tutti/core';
import { checkLaws, inspectableLaws, withCode } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import type { Dispatched } from '../test/fake-connections.ts';
import { endpoint, FakeRegistry } from '../test/fake-registry.ts';
import { setUp, success, used } from '../test/mesh-set-up.ts';
import type { MeshOptions } from './mesh-options.ts';
import { ServiceMesh } from './service-mesh.ts';

describe('picking', () => {
  it('takes endpoints in turn, and a reload does not disturb the round', async () => {
    const { mesh, registry } = await setUp();
    const picks: string[] = [];
    for (let pick = 0; pick < 300; pick++) {
      if (pick % 7 === 0) registry.tell('voice');
      const lease = await mesh.routeRequest('voice', { command: 'analyze document' });
      picks.push(lease.endpoint.instanceId);
      lease.done(success);
    }
    expect(picks.slice(0, 6)).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
    for (const instanceId of ['a', 'b', 'c']) expect(picks.filter((each) => each === instanceId)).toHaveLength(100);
  });

  it('names why each known endpoint cannot take the request', async () => {
    const { mesh, registry } = await setUp({ instances: [], policy: { panicBelow: 0 } });
    registry.put(endpoint({ serviceName: 'voice', port: 80, instanceId: 'a', state: 'unhealthy' }));
    registry.put(endpoint({ serviceName: 'voice', port: 80, instanceId: 'b', state: 'draining' }));
    registry.put(endpoint({ serviceName: 'voice', port: 80, instanceId: 'c', tenant: 'acme' }));
    const error = await mesh.routeRequest('voice').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'MESH_NO_ENDPOINT',
      retryable: true,
      message: 'no endpoint of voice can take a request: a is unhealthy, b is draining, c is of another tenant',
    });
  });

  it('says of an unknown service that none is known', async () => {
    const { mesh } = await setUp();
    await expect(mesh.routeRequest('nobody')).rejects.toMatchObject({ code: 'MESH_NO_ENDPOINT', details: { passedOver: [] } });
  });

  it('waits for the first answer of the registry', async () => {
    const registry = new FakeRegistry({ answers: false });
    const { mesh } = await setUp({ registry });
    const lease = mesh.routeRequest('voice');
    registry.tell('voice');
    expect((await lease).endpoint.instanceId).toBe('a');
  });

  it('waits for a silent registry no longer than the call may take, and sends nothing afterwards', async () => {
    const registry = new FakeRegistry({ answers: false });
    const { mesh, runtime, settled, log } = await setUp({ registry });
    const call = Call.root({ runtime, deadline: runtime.clock.now() + 250 });
    expect(await settled(mesh.call('voice', { method: 'GET', path: '/' }, call))).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    registry.tell('voice');
    await runtime.clock.advance(0);
    expect(log).toHaveLength(0);
  });

  it('avoids an endpoint whose connection was refused until its pause is over', async () => {
    const { mesh, runtime } = await setUp({ script: (each) => (each.endpoint.instanceId === 'a' ? each.refuse() : each.answer(200)) });
    const pick = async (): Promise<string> => {
      const lease = await mesh.routeRequest('voice');
      lease.done(success);
      return lease.endpoint.instanceId;
    };
    const first = await mesh.routeRequest('voice');
    expect(first.endpoint.instanceId).toBe('a');
    first.dispatcher.dispatch(
      { method: 'GET', path: '/' },
      { onRequestStart() {}, onResponseStart() {}, onResponseData() {}, onResponseEnd() {}, onResponseError() {} },
    );
    first.done({ kind: 'failure', latencyMs: 1 });
    expect([await pick(), await pick(), await pick(), await pick()]).toEqual(['b', 'c', 'b', 'c']);
    await runtime.clock.advance(1_000);
    expect(await pick()).toBe('a');
  });
});

describe('leases that tell nonsense', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, -5, undefined])('of a latency of %s count with their own time', async (latencyMs) => {
    const { mesh, runtime } = await setUp({ instances: ['a'] });
    await mesh.ready('voice');
    const lease = mesh.lease('voice');
    await runtime.clock.advance(40);
    lease.done({ kind: 'success', latencyMs: latencyMs as number });
    const streamed = mesh.lease('voice');
    await runtime.clock.advance(20);
    streamed.answered?.(latencyMs as number);
    streamed.reported?.(latencyMs as number);
    streamed.done({ kind: 'success', latencyMs: 1 });
    const [{ load } = { load: Number.NaN }] = mesh.explain('voice').endpoints;
    expect(load).toBeGreaterThan(20);
    expect(load).toBeLessThanOrEqual(40);
  });
});

describe('registering', () => {
  it('is seen at once, replaces the same instance, and withdraws for good', async () => {
    const { mesh } = await setUp({ instances: [] });
    await mesh.ready('voice-interface');
    const first = await mesh.registerEndpoint({ serviceName: 'voice-interface', instanceId: 'voice-001', host: 'localhost', port: 8009 });
    const second = await mesh.registerEndpoint({ serviceName: 'voice-interface', instanceId: 'voice-001', host: 'localhost', port: 8010 });
    const other = await mesh.registerEndpoint({ serviceName: 'voice-interface', instanceId: 'voice-002', host: 'localhost', port: 8011 });
    await mesh.deregisterEndpoint(first);
    const ports = new Set<number>();
    for (let pick = 0; pick < 10; pick++) ports.add(mesh.lease('voice-interface').endpoint.port);
    expect([...ports].sort()).toEqual([8010, 8011]);
    await mesh.deregisterEndpoint(second);
    for (let pick = 0; pick < 1_000; pick++) expect(mesh.lease('voice-interface').endpoint).toBe(other);
  });

  it('ignores old news of an endpoint that it has withdrawn itself', async () => {
    const { mesh, registry } = await setUp({ instances: [] });
    await mesh.ready('voice');
    const gone = await mesh.registerEndpoint({ serviceName: 'voice', instanceId: 'a', host: 'localhost', port: 1 });
    await mesh.deregisterEndpoint(gone);
    registry.put(gone);
    expect(() => mesh.lease('voice')).toThrowError(expect.toSatisfy(withCode('MESH_NO_ENDPOINT')));
  });

  it('ends with the mesh: what it registered is withdrawn', async () => {
    const { mesh, registry } = await setUp({ instances: [] });
    await mesh.registerEndpoint({ serviceName: 'voice', instanceId: 'a', host: 'localhost', port: 1 });
    await mesh.stop();
    expect(registry.endpoints.size).toBe(0);
    expect(registry.watchers).toBe(0);
  });
});

describe('calling', () => {
  it('sends the request with the call in its headers and gives back the answer', async () => {
    const { mesh, log, runtime, settled } = await setUp({ script: (each) => each.answer(200, '{"ok":true}') });
    const call = Call.root({ runtime, tenant: 'acme', principal: 'ann', idempotencyKey: 'k', deadline: runtime.clock.now() + 5_000 });
    const reply = (await settled(
      mesh.call('voice', { method: 'POST', path: '/analyze?x=1', headers: { Accept: 'a/b' }, body: { text: 'hi' } }, call),
    )) as ServiceResponse;
    expect(reply.status).toBe(200);
    expect(reply.json()).toEqual({ ok: true });
    expect(log[0]?.request).toMatchObject({
      method: 'POST',
      path: '/analyze?x=1',
      body: '{"text":"hi"}',
      headers: {
        accept: 'a/b',
        'content-type': 'application/json',
        'tutti-remaining-ms': '5000',
        'tutti-tenant': 'acme',
        'tutti-principal': 'ann',
        'idempotency-key': 'k',
      },
    });
  });

  it('gives back any status, and reports 5xx as a failure of the endpoint', async () => {
    let status = 500;
    const { mesh, log, settled } = await setUp({ instances: ['a'], script: (each) => each.answer(status) });
    const failures = async (): Promise<unknown> => (await mesh.resources()[0]?.list({ limit: 10 }))?.items[0]?.consecutiveFailures;
    expect(await settled(mesh.call('voice', { method: 'GET', path: '/' }))).toMatchObject({ status: 500 });
    expect(await failures()).toBe(1);
    status = 404;
    expect(await settled(mesh.call('voice', { method: 'GET', path: '/' }))).toMatchObject({ status: 404 });
    expect(await failures()).toBe(0);
    expect(log).toHaveLength(2);
  });

  it.each([
    ['GET', undefined, 'a b c'],
    ['PUT', undefined, 'a b c'],
    ['POST', 'key', 'a b c'],
    ['POST', undefined, 'a'],
    ['PATCH', undefined, 'a'],
  ])('sends a lost %s (idempotency key: %s) to %s', async (method, idempotencyKey, instances) => {
    const script = (each: Dispatched): void => {
      each.start();
      each.fail();
    };
    const { mesh, log, settled, runtime } = await setUp({ script });
    const call = Call.root({ runtime, ...(idempotencyKey && { idempotencyKey }) });
    const error = await settled(mesh.call('voice', { method, path: '/' }, call));
    expect(used(log).join(' ')).toBe(instances);
    expect(error).toMatchObject(
      log.length === 1 ? { code: 'MESH_OUTCOME_UNKNOWN', retryable: false } : { code: 'MESH_RESPONSE_LOST', retryable: true },
    );
  });

  it('sends anything elsewhere that could not be sent, and counts the attempts', async () => {
    const { mesh, log, settled } = await setUp({ script: (each) => (each.endpoint.instanceId === 'c' ? each.answer(201) : each.refuse()) });
    expect(await settled(mesh.call('voice', { method: 'POST', path: '/', body: 'once' }))).toMatchObject({ status: 201 });
    expect(used(log)).toEqual(['a', 'b', 'c']);
    expect(log.map((each) => (each.request.headers as Record<string, string>)['tutti-attempt'])).toEqual([undefined, '2', '3']);
  });

  it('ends with MESH_CONNECT_FAILED when nobody can be reached', async () => {
    const { mesh, log, settled } = await setUp({ instances: ['a'], script: (each) => each.refuse() });
    expect(await settled(mesh.call('voice', { method: 'POST', path: '/' }))).toMatchObject({
      code: 'MESH_CONNECT_FAILED',
      retryable: true,
      details: { instanceId: 'a' },
    });
    expect(log).toHaveLength(3);
  });

  it('breaks the connection when its time is over, and the endpoint is to blame', async () => {
    const { mesh, log, settled } = await setUp({ instances: ['a'], script: (each) => each.start(), policy: { timeout: '2s' } });
    expect(await settled(mesh.call('voice', { method: 'GET', path: '/' }))).toMatchObject({ code: 'TIMEOUT' });
    expect(log[0]?.aborted).toMatchObject({ code: 'TIMEOUT' });
    expect((await mesh.resources()[0]?.list({ limit: 1 }))?.items).toMatchObject([{ inFlight: 0, consecutiveFailures: 1 }]);
  });

  it('breaks the connection when the caller has gone, and nobody is to blame', async () => {
    const { mesh, log, settled, runtime } = await setUp({ instances: ['a'], script: (each) => each.start() });
    const call = Call.root({ runtime });
    const work = mesh.call('voice', { method: 'GET', path: '/' }, call);
    await runtime.clock.advance(0);
    call.cancel();
    expect(await settled(work)).toMatchObject({ code: 'CANCELLED' });
    expect(log[0]?.aborted).toMatchObject({ code: 'CANCELLED' });
    expect((await mesh.resources()[0]?.list({ limit: 1 }))?.items).toMatchObject([{ inFlight: 0, consecutiveFailures: 0 }]);
  });

  it('never sends what was given up before there was a connection', async () => {
    const { mesh, log, settled, runtime } = await setUp({ instances: ['a'] });
    const call = Call.root({ runtime });
    const work = mesh.call('voice', { method: 'POST', path: '/' }, call);
    await runtime.clock.advance(0);
    call.cancel();
    await settled(work);
    log[0]?.start();
    expect(log[0]?.aborted).toMatchObject({ code: 'CANCELLED' });
  });

  it('refuses an answer that is too large', async () => {
    const { mesh, settled, log } = await setUp({
      instances: ['a'],
      script: (each) => each.answer(200, '123456'),
      mesh: { maxResponseBytes: 5 },
    });
    expect(await settled(mesh.call('voice', { method: 'GET', path: '/' }))).toMatchObject({
      code: 'MESH_RESPONSE_TOO_LARGE',
      details: { maxBytes: 5 },
    });
    expect(log).toHaveLength(1);
  });

  it('does not begin work whose deadline has passed', async () => {
    const { mesh, settled, log, runtime } = await setUp();
    expect(
      await settled(mesh.call('voice', { method: 'GET', path: '/' }, Call.root({ runtime, deadline: runtime.clock.now() }))),
    ).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(log).toHaveLength(0);
  });

  it('is also a handler', async () => {
    const { mesh, runtime } = await setUp({ script: (each) => each.answer(200, 'hi') });
    const reply = await mesh.caller({ serviceName: 'voice', method: 'GET', path: '/' }, Call.root({ runtime }));
    expect(reply.text()).toBe('hi');
    expect(() => reply.json()).toThrowError(expect.toSatisfy(withCode('INVALID_DATA')));
  });
});

describe('the life of a mesh', () => {
  it('works only while it runs', async () => {
    const { mesh } = await setUp();
    await mesh.stop();
    for (const work of [
      () => mesh.routeRequest('voice'),
      () => mesh.ready('voice'),
      () => mesh.call('voice', { method: 'GET', path: '/' }),
    ]) {
      await expect(work()).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    }
  });

  it('tells those who still wait for the registry when it stops', async () => {
    const { mesh } = await setUp({ registry: new FakeRegistry({ answers: false }) });
    const waiting = mesh.ready('voice');
    await mesh.stop();
    await expect(waiting).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  });

  it('waits on stop for leases that are out, and then breaks their connections', async () => {
    const { mesh, open, runtime } = await setUp({ mesh: { drainTimeout: '3s' } });
    const leases: EndpointLease[] = [mesh.lease('voice'), mesh.lease('voice')];
    for (const lease of leases) void lease.dispatcher;
    const stopped = mesh.stop();
    await runtime.clock.advance(2_999);
    expect(mesh.state).toBe('stopping');
    leases[0]?.done(success);
    await runtime.clock.advance(0);
    expect([...open]).toEqual(['b']);
    await runtime.clock.advance(1);
    await stopped;
    expect(open.size).toBe(0);
  });

  it('closes the connections of an endpoint that has gone, once nothing is in flight there', async () => {
    const { mesh, open, registry } = await setUp({ instances: ['a'] });
    const lease = mesh.lease('voice');
    void lease.dispatcher;
    await registry.deregister(lease.endpoint);
    expect([...open]).toEqual(['a']);
    lease.done(success);
    lease.done(success);
    await expect.poll(() => open.size).toBe(0);
  });

  it('is degraded while a service in use has no endpoint', async () => {
    const { mesh } = await setUp();
    await mesh.ready('voice');
    expect(await mesh.health()).toEqual({ status: 'healthy' });
    await mesh.ready('nobody');
    expect(await mesh.health()).toMatchObject({ status: 'degraded', reason: 'no endpoint can take a request for nobody' });
  });

  describe('shown to others', () =>
    checkLaws(it, inspectableLaws, async () => {
      const registry = new FakeRegistry();
      for (const replica of ['r1', 'r2', 'r3']) {
        registry.put(endpoint({ serviceName: 'tutti-mesh-replicas', port: 1, instanceId: replica }));
      }
      const { mesh, runtime } = await setUp({ registry, mesh: { config: memoryConfigStore() } });
      for (const service of ['voice', 'document', 'compliance']) {
        const ready = mesh.ready(service);
        await runtime.clock.advance(1);
        await ready;
      }
      return { inspectable: mesh };
    }));

  it('shows its endpoints in pages', async () => {
    const { mesh } = await setUp();
    await mesh.ready('voice');
    mesh.lease('voice');
    const endpoints = mesh.resources()[0];
    const first = await endpoints?.list({ limit: 2 });
    expect(first?.items).toMatchObject([
      { id: 'voice/a', inFlight: 1, eligible: true, reasons: [] },
      { id: 'voice/b', inFlight: 0 },
    ]);
    expect(await endpoints?.list({ limit: 2, after: first?.next ?? '' })).toMatchObject({ items: [{ id: 'voice/c' }] });
  });

  it.each([
    [{ policy: { defaults: { timeout: 45 } } }, 'mesh.policy.defaults.timeout'],
    [{ policy: { services: { voice: { retry: { maxAttempts: 0 } } } } }, 'mesh.policy.services.voice.retry.maxAttempts'],
    [{ connections: { maxPerEndpoint: 0 } }, 'mesh.connections.maxPerEndpoint'],
    [{ policy: { defaults: { coolDown: 'soon' } } }, 'mesh.policy.defaults.coolDown'],
    [{ policyKey: 'mesh/policy' }, 'mesh.policyKey'],
    [{ registry: {} }, 'mesh.registry'],
    [{ loadBalancer: 'random' }, 'mesh.loadBalancer'],
  ])('refuses wrong options by path: %j', (wrong, path) => {
    const registry = new FakeRegistry();
    const options = { endpoints: registry, registry, ...wrong } as unknown as MeshOptions;
    expect(() => new ServiceMesh(options)).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
    );
  });
});
