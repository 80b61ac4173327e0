import type { AuditSink, Health, MetricQuery, MetricSink, Probe, Prober } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { HealthCheck } from './health/health-check.ts';
import type { HealthChange } from './health/health-checks.ts';
import { SystemMonitor, type SystemMonitorOptions } from './system-monitor.ts';

/** A prober whose answers the test gives. */
class ScriptedProber implements Prober {
  readonly watched = new Map<(health: Health) => void, Probe>();

  watchHealth(probe: Probe, listener: (health: Health) => void): () => void {
    this.watched.set(listener, probe);
    return () => void this.watched.delete(listener);
  }

  answer(health: Health): void {
    for (const listener of [...this.watched.keys()]) listener(health);
  }
}

const healthy: Health = { status: 'healthy' };
const down: Health = { status: 'unhealthy', reason: 'answered 503' };
const voice: HealthCheck = { name: 'voice-interface', endpoint: 'http://localhost:8009/health' };

describe('a health check', () => {
  it('tells of its first answer and of every change, and shows as a metric', async () => {
    const prober = new ScriptedProber();
    await using monitor = new SystemMonitor({ prober });
    const changes: HealthChange[] = [];
    monitor.onHealthChange((change) => changes.push(change));
    monitor.registerHealthCheck(voice);
    expect(monitor.healthOf('voice-interface')).toEqual({ status: 'degraded', reason: 'it has not been asked yet' });
    for (const answer of [healthy, down, healthy]) prober.answer(answer);
    expect(changes).toEqual([
      { name: 'voice-interface', health: healthy },
      { name: 'voice-interface', health: down, before: healthy },
      { name: 'voice-interface', health: healthy, before: down },
    ]);
    prober.answer(down);
    expect(monitor.healthOf('voice-interface')).toEqual(down);
    expect(await monitor.latest('health_check_up', { check: 'voice-interface' })).toMatchObject([{ value: 0 }]);
    expect(monitor.systemHealth()).toEqual({
      status: 'unhealthy',
      reason: 'voice-interface: answered 503',
      parts: { 'voice-interface': down },
    });
  });

  it.each([
    ['http://localhost:8009/health', { kind: 'http', url: 'http://localhost:8009/health' }],
    ['https://localhost/', { kind: 'http', url: 'https://localhost/' }],
    ['tcp://localhost:6379', { kind: 'tcp', host: 'localhost', port: 6379 }],
    ['tcp://[::1]:6379', { kind: 'tcp', host: '::1', port: 6379 }],
  ])('of %s asks %j', async (endpoint, probe) => {
    const prober = new ScriptedProber();
    await using monitor = new SystemMonitor({ prober });
    monitor.registerHealthCheck({ name: 'it', endpoint });
    expect([...prober.watched.values()]).toEqual([probe]);
  });

  it('ends when it is asked to, and its name is free again', async () => {
    const prober = new ScriptedProber();
    await using monitor = new SystemMonitor({ prober });
    const end = monitor.registerHealthCheck(voice);
    expect(() => monitor.registerHealthCheck(voice)).toThrowError("healthCheck.name is in use already, got 'voice-interface'");
    end();
    expect([prober.watched.size, monitor.healthOf('voice-interface')]).toEqual([0, undefined]);
    monitor.registerHealthCheck(voice);
    end();
    expect(prober.watched.size).toBe(1);
  });

  it('ends with the monitor, which takes no other then', async () => {
    const prober = new ScriptedProber();
    const monitor = new SystemMonitor({ prober });
    monitor.registerHealthCheck(voice);
    await monitor.stop();
    expect(prober.watched.size).toBe(0);
    expect(() => monitor.registerHealthCheck(voice)).toThrowError('monitor is stopped');
  });

  it.each([
    [{ name: 'it' }, 'healthCheck.endpoint is missing'],
    [
      { name: 'it', endpoint: 'localhost:8009' },
      "healthCheck.endpoint must be an http, https or tcp://host:port URL, got 'localhost:8009'",
    ],
    [
      { name: 'it', endpoint: 'tcp://localhost' },
      "healthCheck.endpoint must be an http, https or tcp://host:port URL, got 'tcp://localhost'",
    ],
    [{ name: '', endpoint: 'http://a' }, "healthCheck.name must be a non-empty string, got ''"],
  ])('is refused as %j', (check, message) => {
    const monitor = new SystemMonitor({ prober: new ScriptedProber() });
    expect(() => monitor.registerHealthCheck(check as HealthCheck)).toThrowError(message);
  });

  it('needs a prober', () => {
    expect(() => new SystemMonitor().registerHealthCheck(voice)).toThrowError(
      'registerHealthCheck needs an adapter with the capability "prober"',
    );
  });
});

describe('a monitor', () => {
  it('offers the ports of measurements and audit', () => {
    expectTypeOf<SystemMonitor>().toExtend<MetricSink & MetricQuery & AuditSink>();
  });

  it('answers what was recorded, under the same labels', async () => {
    const monitor = new SystemMonitor();
    const labels = { service: 'voice', type: 'document_analysis' };
    monitor.recordMetric('voice_commands_processed', 7, labels);
    expect(await monitor.latest('voice_commands_processed')).toEqual([{ name: 'voice_commands_processed', labels, value: 7 }]);
  });

  it('keeps as many series and records as it is told to', async () => {
    const monitor = new SystemMonitor({ runtime: testRuntime(), maxSeriesPerMetric: 1, maxAuditRecords: 1 });
    for (const target of ['a', 'b']) {
      monitor.count('calls', 1, { target });
      await monitor.record({ actor: 'ada', action: 'queue.replay', target });
    }
    expect((await monitor.latest('calls')).map(({ labels }) => labels)).toEqual([{ target: 'a' }, { otel_metric_overflow: 'true' }]);
    expect(monitor.auditTrail().map(({ target }) => target)).toEqual(['b']);
  });

  it.each([
    [{ prober: {} }, 'monitor.prober must be a Prober'],
    [{ maxSeriesPerMetric: 0 }, 'monitor.maxSeriesPerMetric must be a whole number ≥ 1, got 0'],
    [{ endpoints: {} }, 'monitor.endpoints is not an option'],
  ])('refuses %j', (options, message) => {
    expect(() => new SystemMonitor(options as SystemMonitorOptions)).toThrowError(message);
  });
});
