import { coreError, defaultRuntime, durationMs, type Health, newId, type Runtime, stallWatch } from '@tutti/core';
import type { CallContext } from './calling/service-calls.ts';
import { http1Endpoints } from './connections/http1-endpoints.ts';
import { LeaseOutcomes } from './endpoint/lease-outcomes.ts';
import { meshHealth } from './mesh-health.ts';
import { MeshMetrics } from './mesh-metrics.ts';
import { type CheckedMeshOptions, checkNeeds } from './mesh-options.ts';
import { OutcomeLedger } from './outcomes/outcome-ledger.ts';
import { checkMeshPolicy } from './policy/check-policy.ts';
import { PolicyFollower } from './policy/policy-follower.ts';
import type { MeshPolicy } from './policy/service-policy.ts';
import { Registrations } from './service/registrations.ts';
import { ServiceDirectory } from './service/service-directory.ts';
import { MeshTraffic } from './traffic/mesh-traffic.ts';

/** What a mesh is made of, and in which order it starts and stops. */
export class MeshParts {
  readonly runtime: Runtime;
  readonly replica: string;
  readonly ledger: OutcomeLedger;
  /** Undefined without a store of plans. */
  readonly traffic: MeshTraffic | undefined;
  readonly directory: ServiceDirectory;
  /** Undefined where the policy is not in a store. */
  readonly follower: PolicyFollower | undefined;
  readonly registrations: Registrations;
  readonly calls: CallContext;
  readonly #options: CheckedMeshOptions;
  readonly #drainMs: number;

  /** @throws INVALID_OPTIONS naming the path. */
  constructor(options: CheckedMeshOptions) {
    const { runtime = defaultRuntime, connect = http1Endpoints(options.connections, runtime), registry, endpoints } = options;
    const { config, policyKey, replica = newId(runtime) } = options;
    const metrics = new MeshMetrics(runtime);
    this.runtime = runtime;
    this.replica = replica;
    this.ledger = new OutcomeLedger(replica, runtime);
    this.traffic = trafficOf(options, replica, runtime);
    this.directory = new ServiceDirectory(endpoints, options.prober, options.policy, {
      runtime,
      connect,
      metrics,
      zone: options.zone,
      stalls: stallWatch(runtime.clock),
      outcomes: new LeaseOutcomes(this.ledger, runtime),
      traffic: this.traffic,
      alive: new Set(),
    });
    this.follower =
      config && policyKey !== undefined
        ? new PolicyFollower(config, policyKey, (value) => this.setPolicy(value as MeshPolicy), runtime.logger)
        : undefined;
    this.registrations = new Registrations(registry, this.directory, runtime.logger);
    this.calls = { rateLimiter: options.rateLimiter, metrics };
    this.#options = options;
    this.#drainMs = durationMs(options.drainTimeout);
  }

  /** @throws INVALID_OPTIONS naming the path; then nothing has changed. */
  setPolicy(policy: MeshPolicy): void {
    const checked = checkMeshPolicy('policy', policy);
    checkNeeds('policy', checked, this.#options);
    this.directory.setPolicy(checked);
  }

  async open(): Promise<void> {
    await this.traffic?.start();
    this.ledger.start();
    this.follower?.start();
  }

  health(): Promise<Health> {
    return meshHealth(this);
  }

  /** What this mesh registered goes first, so that nobody new is sent there; what counts outcomes goes after the last lease. */
  async close(): Promise<void> {
    this.follower?.stop();
    await this.registrations.withdraw();
    await this.directory.close(coreError('NOT_RUNNING', { component: 'mesh', state: 'stopped' }), this.#drainMs);
    await this.traffic?.stop();
    await this.ledger.stop();
  }
}

function trafficOf(options: CheckedMeshOptions, instanceId: string, runtime: Runtime): MeshTraffic | undefined {
  const { config, registry, endpoints, planFreshFor, registryTtl, whenStoreIsAway } = options;
  if (!config) return undefined;
  return new MeshTraffic({
    store: config,
    registry,
    endpoints,
    instanceId,
    runtime,
    ...(planFreshFor !== undefined && { freshFor: planFreshFor }),
    ...(registryTtl !== undefined && { ttl: registryTtl }),
    ...(whenStoreIsAway !== undefined && { whenStoreIsAway }),
  });
}
