import type { Endpoint, EndpointChange, EndpointSource } from '@tutti/core';

/** The name under which replicas of the mesh are in the registry. */
export const replicasService = 'tutti-mesh-replicas';

/** The member of a record that says which plan of a service its replica follows. */
export function appliedKey(serviceName: string): string {
  return `applied/${serviceName}`;
}

/** Who follows which plan, as far as the registry knows. */
export class ReplicaRoll {
  readonly #replicas = new Map<string, Endpoint>();
  readonly #listeners = new Set<() => void>();
  #unfollow: (() => void) | undefined;
  #known = false;

  follow(endpoints: EndpointSource): void {
    this.#unfollow ??= endpoints.watchEndpoints(replicasService, (change) => this.#apply(change));
  }

  stop(): void {
    this.#unfollow?.();
    this.#listeners.clear();
  }

  /** Whether the registry has answered once. */
  get known(): boolean {
    return this.#known;
  }

  get replicas(): readonly Endpoint[] {
    return [...this.#replicas.values()];
  }

  /**
   * The replicas that follow the service and do not say that they follow `revision` or a later one, by name. Whatever else they say
   * there counts as nothing; a replica that does not name the service has to read its plan before it follows any.
   */
  lagging(serviceName: string, revision: number): readonly string[] {
    const key = appliedKey(serviceName);
    const behind = this.replicas.filter(({ metadata }) => Object.hasOwn(metadata, key) && !(Number(metadata[key] || 'none') >= revision));
    return behind.map(({ instanceId }) => instanceId).sort();
  }

  /** Calls back after every change until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #apply(change: EndpointChange): void {
    if (change.kind === 'snapshot') {
      this.#known = true;
      this.#replicas.clear();
      for (const endpoint of change.endpoints) this.#replicas.set(endpoint.instanceId, endpoint);
    } else if (change.kind === 'upsert') this.#replicas.set(change.endpoint.instanceId, change.endpoint);
    else {
      const { instanceId, incarnation } = change.endpoint;
      if (this.#replicas.get(instanceId)?.incarnation === incarnation) this.#replicas.delete(instanceId);
    }
    for (const listener of this.#listeners) listener();
  }
}
