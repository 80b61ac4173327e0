import type { EndpointRecord } from '../endpoint/endpoint-record.ts';
import type { ActivePlan } from '../traffic/active-plan.ts';
import { mismatch, type Picker } from './picker.ts';
import type { Requested } from './requested.ts';
import type { SessionSigner } from './session-signer.ts';

/**
 * The endpoint that the client was at before, if it may still go there. A draining one keeps its sessions; one that is ill, of
 * another tenant, or of a version that the plan no longer sends anybody to does not.
 */
export function sessionRecord(
  signer: SessionSigner,
  serviceName: string,
  picker: Picker,
  requested: Requested,
  plan: ActivePlan | undefined,
): EndpointRecord | undefined {
  if (requested.headers === undefined) return undefined;
  const value = signer.valueFrom(requested.headers);
  const instanceId = value === undefined ? undefined : signer.verify(serviceName, value);
  const record = instanceId === undefined ? undefined : picker.find(instanceId);
  if (record === undefined || requested.exclude.includes(record.instanceId) || !record.canTake()) return undefined;
  if (picker.exclusions.get(record)?.some(({ reason }) => reason !== 'draining')) return undefined;
  if (mismatch(record, { tenant: requested.tenant, version: undefined, tags: requested.tags })) return undefined;
  return keepsVersion(record, requested, plan) ? record : undefined;
}

/** Where chance decides the version, any with a weight will do; where a rule or a unit does, it is that one. */
function keepsVersion({ endpoint }: EndpointRecord, requested: Requested, plan: ActivePlan | undefined): boolean {
  if (requested.version === undefined || endpoint.version === requested.version) return true;
  if (plan === undefined || plan.rules.length > 0 || plan.bucketBy !== undefined) return false;
  return plan.targets.some(({ version }) => version === endpoint.version);
}

export function sessionHeader(signer: SessionSigner, serviceName: string, instanceId: string): readonly [name: string, value: string] {
  const value = signer.sign(serviceName, instanceId);
  if (signer.header !== undefined) return [signer.header, value];
  return ['set-cookie', `${signer.cookie}=${value}; Path=/; HttpOnly; SameSite=Lax`];
}
