import { Call, type MetricLabels, seededRandom } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import { endpoint } from './fake-registry.ts';
import { setUp, voice } from './mesh-set-up.ts';

/** Adds up what is counted, by name and labels. */
function counters() {
  const sums = new Map<string, number>();
  const add = (name: string, by: number, labels: MetricLabels = {}): void => {
    const key = [name, ...Object.entries(labels).map(([label, value]) => `${label}=${value}`)].join(' ');
    sums.set(key, (sums.get(key) ?? 0) + by);
  };
  const sum = (start: string, within = ''): number =>
    [...sums].filter(([key]) => key.startsWith(start) && key.includes(within)).reduce((total, [, count]) => total + count, 0);
  return { sink: { count: add, gauge() {}, observe: (name: string, _value: number, labels?: MetricLabels) => add(name, 1, labels) }, sum };
}

describe('what is counted', () => {
  it('adds up to the requests that were sent, whatever became of them', async () => {
    const { sink, sum } = counters();
    const random = seededRandom(11);
    const lateness = (): number => Math.floor(random() * 100);
    const { mesh, runtime, log, registry, settled } = await setUp({
      instances: [],
      metrics: sink,
      policy: { timeout: '2s', outliers: false },
      script(each, clock) {
        const drawn = random();
        if (drawn < 0.1) each.refuse();
        else if (drawn < 0.2) clock.after(lateness(), () => each.aborted ?? each.fail());
        else if (drawn > 0.25) {
          const status = [200, 200, 200, 204, 404, 500, 503][Math.floor(random() * 7)] ?? 200;
          clock.after(lateness(), () => each.aborted ?? each.answer(status, 'x'));
        } // and the rest stay silent
      },
    });
    for (const version of ['1', '2', '3']) registry.put(endpoint({ serviceName: voice, port: 80, instanceId: `v${version}`, version }));
    const calls: Promise<unknown>[] = [];
    let cancelled = 0;
    for (let each = 0; each < 2_000; each++) {
      const call = Call.root({ runtime });
      const work = mesh.call(voice, { method: each % 3 === 0 ? 'POST' : 'GET', path: '/' }, call);
      calls.push(work.catch((error: { code?: string }) => void (error.code === 'CANCELLED' && cancelled++)));
      if (each % 10 === 0) runtime.clock.after(20, () => call.cancel());
      await runtime.clock.advance(5);
    }
    await settled(Promise.all(calls));
    expect(sum('tutti_mesh_requests_total')).toBe(log.length);
    expect(sum('tutti_mesh_request_duration_seconds')).toBe(log.length);
    const repeated = log.filter(({ request }) => (request.headers as Record<string, string>)['tutti-attempt'] !== undefined).length;
    const givenUp = sum('tutti_mesh_retries_total') - repeated;
    expect(log.length, 'a try for each call and its repetitions').toBe(2_000 + repeated);
    expect(givenUp, 'cancelled between two tries').toBeGreaterThanOrEqual(0);
    for (const version of ['1', '2', '3']) {
      expect(sum('tutti_mesh_requests_total', `version=${version}`)).toBe(log.filter(({ endpoint: at }) => at.version === version).length);
    }
    for (const outcome of ['success', 'failure', 'cancelled', 'rejected']) {
      expect(sum('tutti_mesh_requests_total', `outcome=${outcome}`), outcome).toBeGreaterThan(0);
    }
    expect(sum('tutti_mesh_requests_total', 'outcome=cancelled') + givenUp).toBe(cancelled);
    expect(mesh.explain(voice).endpoints.map(({ inFlight }) => inFlight)).toEqual([0, 0, 0]);
  });

  it('is also that nobody could take a request, and that one was left out', async () => {
    const { sink, sum } = counters();
    const made = await setUp({ metrics: sink });
    for (let each = 0; each < 5; each++) made.take('failure', { exclude: ['b', 'c'] });
    for (let each = 0; each < 3; each++) expect(() => made.take('success', { version: 'none' })).toThrow();
    expect(sum('tutti_mesh_ejections_total', 'service=voice cause=consecutive failures')).toBe(1);
    expect(sum('tutti_mesh_no_endpoint_total', 'service=voice')).toBe(3);
  });
});
