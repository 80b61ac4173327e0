import assert from 'node:assert/strict';
import type { Endpoint } from '@tutti/core';
import type { ServiceDiscoveryOptions } from '../discovery-options.ts';
import type { ServiceInstance } from '../registration/service-instance.ts';
import { ServiceDiscovery } from '../service-discovery.ts';
import type { BackendSubject } from './backend-subject.ts';
import { type FaultyBackend, faultyBackend } from './faulty-backend.ts';

/** Of the leases of every process. */
export const ttlMs = 3_000;
export const voice: ServiceInstance = { serviceName: 'voice', instanceId: 'voice-001', host: '127.0.0.1', port: 8009 };

export interface Process extends AsyncDisposable {
  readonly discovery: ServiceDiscovery;
  readonly line: FaultyBackend;
  /** `incarnation:state` of every endpoint of the service it knows of. */
  lives(): readonly string[];
}

/** One process of the network, with what a watch of the service amounts to there. */
export async function processOf(subject: BackendSubject, options: Omit<ServiceDiscoveryOptions, 'backend'> = {}): Promise<Process> {
  const line = faultyBackend(await subject.connect());
  const discovery = new ServiceDiscovery({ backend: line, runtime: subject.runtime, ttl: `${ttlMs}ms`, ...options });
  const known = new Map<string, Endpoint>();
  let revision = 0;
  discovery.watchEndpoints('voice', (change) => {
    assert.ok(change.revision > revision, 'revisions rise');
    revision = change.revision;
    if (change.kind === 'snapshot') {
      known.clear();
      for (const endpoint of change.endpoints) known.set(endpoint.instanceId, endpoint);
    } else if (change.kind === 'upsert') known.set(change.endpoint.instanceId, change.endpoint);
    else known.delete(change.endpoint.instanceId);
  });
  return {
    discovery,
    line,
    lives: () => Array.from(known.values(), ({ incarnation, state }) => `${incarnation}:${state}`).toSorted(),
    [Symbol.asyncDispose]: () => discovery.stop(),
  };
}
