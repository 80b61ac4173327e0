import { manualClock } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { fakeConnections } from '../../test/fake-connections.ts';
import { endpoint } from '../../test/fake-registry.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import type { ServicePolicy } from '../policy/service-policy.ts';
import { EndpointRecord } from './endpoint-record.ts';

function setUp(policy: ServicePolicy = {}) {
  const clock = manualClock();
  const { connect, open } = fakeConnections();
  const failing: EndpointRecord[] = [];
  const context = { clock, connect, changed: () => {}, failing: (record: EndpointRecord) => void failing.push(record) };
  const settings = compilePolicy(policy).endpoint;
  const record = new EndpointRecord(endpoint({ serviceName: 's', port: 1 }), settings, Number.NEGATIVE_INFINITY, context);
  const cooling = (): boolean => record.isCooling(clock.now());
  return { clock, open, record, cooling, failing };
}

describe('an endpoint record', () => {
  it('opens connections only when they are asked for', () => {
    const { record, open } = setUp();
    expect(open.size).toBe(0);
    expect(record.dispatcher).toBe(record.dispatcher);
    expect(open.size).toBe(1);
  });

  it('avoids the endpoint twice as long with each failure to connect, at most 30 s', async () => {
    const { clock, record, cooling } = setUp();
    for (const pauseMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      record.connectFailed();
      await clock.advance(pauseMs - 1);
      expect(cooling()).toBe(true);
      await clock.advance(1);
      expect(cooling()).toBe(false);
    }
  });

  it('counts connections that fail together as one failure', async () => {
    const { clock, record, cooling } = setUp();
    for (let each = 0; each < 50; each++) record.connectFailed();
    await clock.advance(1_000);
    expect(cooling()).toBe(false);
  });

  it('forgets failures with the next connection', async () => {
    const { clock, record, cooling } = setUp();
    record.connectFailed();
    record.connected();
    expect(cooling()).toBe(false);
    record.connectFailed();
    await clock.advance(1_000);
    expect(cooling()).toBe(false);
  });

  it('counts failures in a row; an answer ends the row and a cancelled request says nothing', () => {
    const { record, clock } = setUp();
    const end = (kind: 'success' | 'failure' | 'cancelled' | 'rejected' | undefined): number => {
      record.release(kind && { kind, latencyMs: 1 }, record.take(clock.now()), false, clock.now(), 0);
      return record.consecutiveFailures;
    };
    expect(['failure', 'failure', 'cancelled', undefined, 'rejected', 'failure', 'success'].map((kind) => end(kind as 'failure'))).toEqual([
      1, 2, 2, 2, 0, 1, 0,
    ]);
    expect(record.inFlight).toBe(0);
  });

  it('takes one that did not answer in time for at least as slow as that, and one that failed fast for no quicker', () => {
    const { record, clock } = setUp();
    const end = (kind: 'success' | 'failure', latencyMs: number): number => {
      record.release({ kind, latencyMs }, record.take(clock.now()), false, clock.now(), 0);
      return record.responsiveness.rtt.read(clock.now(), 10_000);
    };
    expect([end('success', 20), end('failure', 1), end('failure', 2_000), end('failure', 1)]).toEqual([20, 20, 2_000, 2_000]);
  });

  it('is as dear as the longest silence while nobody has an answer, and as its answers when it has spoken', async () => {
    const { record, clock } = setUp();
    const release = (ticket: number): void => record.release({ kind: 'success', latencyMs: 20 }, ticket, false, clock.now(), 0);
    release(record.take(clock.now()));
    const tickets = [record.take(clock.now()), record.take(clock.now())] as const;
    await clock.advance(3_000);
    expect(record.load(clock.now())).toBe(3_000 * 3);
    release(tickets[0]);
    expect(record.load(clock.now()), 'it speaks again').toBeLessThan(20 * 2 + 1);
    release(tickets[1]);
    await clock.advance(3_000);
    expect(record.load(clock.now())).toBeLessThan(20);
  });

  it('closes its connections on retirement, after the last lease has ended', async () => {
    const { record, open } = setUp();
    void record.dispatcher;
    const tickets = [record.take(0), record.take(0)] as const;
    const retired = record.retire();
    record.release({ kind: 'success', latencyMs: 1 }, tickets[0], false, 1, 0);
    await Promise.resolve();
    expect(open.size).toBe(1);
    record.release({ kind: 'success', latencyMs: 1 }, tickets[1], false, 1, 0);
    await retired;
    expect(open.size).toBe(0);
  });
});
