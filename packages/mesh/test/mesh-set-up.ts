import { type EndpointLease, type LeaseHints, type LeaseOutcome, type MetricSink, TuttiError } from '@tutti/core';
import { type ManualClock, type TestRuntime, testRuntime } from '@tutti/core/testing';
import { type EndpointExplanation, type Explanation, type MeshOptions, ServiceMesh, type ServicePolicy } from '../src/index.ts';
import { type Dispatched, fakeConnections } from './fake-connections.ts';
import { endpoint, FakeRegistry } from './fake-registry.ts';

export interface SetUpOptions {
  /** Plays each request that is sent; without one they wait for the test. */
  readonly script?: (dispatched: Dispatched, clock: ManualClock) => void;
  /** Instances of `voice`. */
  readonly instances?: readonly string[];
  readonly registry?: FakeRegistry;
  readonly mesh?: Partial<MeshOptions>;
  /** What holds for all services, over turns in order. */
  readonly policy?: ServicePolicy;
  readonly runtime?: TestRuntime;
  readonly metrics?: MetricSink;
}

/** A running mesh on a clock that stands still, over a registry and connections that do what the test says. */
export interface MeshSetUp {
  readonly mesh: ServiceMesh;
  readonly registry: FakeRegistry;
  readonly runtime: TestRuntime;
  readonly log: Dispatched[];
  readonly open: Set<string>;
  /** Lets time pass, `stepMs` at once, until the work is settled; gives an error of the kit instead of throwing it. */
  settled<T>(work: Promise<T>, stepMs?: number): Promise<T | TuttiError>;
  /** Leases an endpoint of `voice` and says at once how that ended. */
  take(kind?: LeaseOutcome['kind'], hints?: LeaseHints): string;
  /** How often each instance comes in so many picks that all end well. */
  shares(picks: number, hints?: LeaseHints): Readonly<Record<string, number>>;
  explain(hints?: LeaseHints): Explanation;
  /** What is said of one instance. */
  seen(instanceId: string, hints?: LeaseHints): EndpointExplanation;
}

export const voice = 'voice';
export const success = { kind: 'success', latencyMs: 1 } as const;

export async function setUp(options: SetUpOptions = {}): Promise<MeshSetUp> {
  const { registry = new FakeRegistry(), runtime: given = testRuntime(), script, metrics, instances = ['a', 'b', 'c'] } = options;
  const runtime: TestRuntime = metrics ? { ...given, telemetry: { ...given.telemetry, metrics } } : given;
  for (const instanceId of instances) registry.put(endpoint({ serviceName: voice, port: 80, instanceId }));
  const connections = fakeConnections(script && ((dispatched) => script(dispatched, runtime.clock)));
  const mesh = new ServiceMesh({
    endpoints: registry,
    registry,
    runtime,
    connect: connections.connect,
    policy: { defaults: { balance: 'round-robin', ...options.policy } },
    ...options.mesh,
  });
  await mesh.start();
  const take = (kind: LeaseOutcome['kind'] = 'success', hints?: LeaseHints): string => end(mesh.lease(voice, hints), kind);
  const explain = (hints?: LeaseHints): Explanation => mesh.explain(voice, hints);
  return {
    mesh,
    registry,
    runtime,
    ...connections,
    take,
    explain,
    settled: (work, stepMs = 100) => settled(runtime, work, stepMs),
    shares: (picks, hints) => sharesOf(picks, () => take('success', hints)),
    seen(instanceId, hints) {
      const found = explain(hints).endpoints.find((each) => each.instanceId === instanceId);
      if (!found) throw new Error(`${instanceId} is not known`);
      return found;
    },
  };
}

export function end(lease: EndpointLease, kind: LeaseOutcome['kind'] = 'success'): string {
  lease.done({ kind, latencyMs: 1 });
  return lease.endpoint.instanceId;
}

export function sharesOf(picks: number, pick: () => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let each = 0; each < picks; each++) {
    const instanceId = pick();
    counts[instanceId] = (counts[instanceId] ?? 0) + 1;
  }
  return counts;
}

/** The instances that were sent to, in order. */
export function used(log: readonly Dispatched[]): readonly string[] {
  return log.map((each) => each.endpoint.instanceId);
}

async function settled<T>(runtime: TestRuntime, work: Promise<T>, stepMs: number): Promise<T | TuttiError> {
  let over = false;
  const outcome = work.then(
    (value) => value,
    (error: unknown) => {
      if (!TuttiError.is(error)) throw error;
      return error;
    },
  );
  void outcome.finally(() => {
    over = true;
  });
  while (!over) await runtime.clock.advance(stepMs);
  return outcome;
}
