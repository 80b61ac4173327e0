import type { Endpoint } from '@tutti/core';
import type { DiscoveryBackend, RegistryChange } from '../backend/discovery-backend.ts';

/** A watch that writes down what it hears and applies it. */
export interface RegistryWatch extends AsyncDisposable {
  /** `snapshot:2`, `upsert:a#1:ready`, `remove:a#1`, `malformed:a`, in the order in which they came. */
  readonly heard: readonly string[];
  /** What all of it amounts to, by instance. */
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  /** `incarnation:state` of each endpoint, sorted. */
  readonly lives: readonly string[];
  /** What is wrong with records that are no endpoints, by their keys. */
  readonly malformed: ReadonlyMap<string, string>;
  /** Settles as the watch does. */
  readonly ended: Promise<void>;
  abort(): void;
}

export function registryWatch(backend: DiscoveryBackend, serviceName = 'voice'): RegistryWatch {
  const controller = new AbortController();
  const heard: string[] = [];
  const endpoints = new Map<string, Endpoint>();
  const malformed = new Map<string, string>();
  const hear = (change: RegistryChange): void => {
    if (change.kind === 'snapshot') {
      heard.push(`snapshot:${change.endpoints.length}`);
      endpoints.clear();
      malformed.clear();
      for (const endpoint of change.endpoints) endpoints.set(endpoint.instanceId, endpoint);
    } else if (change.kind === 'upsert') {
      heard.push(`upsert:${change.endpoint.incarnation}:${change.endpoint.state}`);
      malformed.delete(change.endpoint.instanceId);
      endpoints.set(change.endpoint.instanceId, change.endpoint);
    } else if (change.kind === 'remove') {
      const { instanceId, incarnation } = change.endpoint;
      heard.push(`remove:${incarnation}`);
      malformed.delete(instanceId);
      if (endpoints.get(instanceId)?.incarnation === incarnation) endpoints.delete(instanceId);
    } else {
      heard.push(`malformed:${change.key}`);
      malformed.set(change.key, change.problem);
      endpoints.delete(change.key);
    }
  };
  const ended = backend.watch(serviceName, hear, controller.signal);
  return {
    heard,
    endpoints,
    malformed,
    get lives() {
      return Array.from(endpoints.values(), ({ incarnation, state }) => `${incarnation}:${state}`).toSorted();
    },
    ended,
    abort: () => controller.abort(),
    async [Symbol.asyncDispose]() {
      controller.abort();
      await ended.catch(() => undefined); // a law that cares about how it ended awaits `ended` itself
    },
  };
}
