import { Secret } from '../../ports/secret.ts';
import type { Grant } from './grant.ts';
import { durationOf, mustSucceed, readingOf, type VaultReading } from './vault-answer.ts';
import type { VaultAnswer, VaultClient, VaultRequest } from './vault-client.ts';
import { away, refused } from './vault-failure.ts';
import type { VaultPlace } from './vault-options.ts';
import type { VaultSession } from './vault-session.ts';

/** Reads secrets and renews their leases, with whatever token the session has. */
export interface VaultReader {
  readonly client: VaultClient;
  readonly session: VaultSession;
  readonly mount: string;
  readonly kvVersion: 1 | 2;
}

/** A secret as it was read. */
export interface Reading extends Omit<VaultReading, 'data'> {
  readonly secret: Secret;
  readonly grant: Grant;
  /** When the question was sent: its time runs from there, not from the answer. */
  readonly readAt: number;
}

/** Undefined when there is no such secret. */
export async function readPlace(reader: VaultReader, place: VaultPlace, now: () => number): Promise<Reading | undefined> {
  const { mount, kvVersion } = reader;
  const kv2 = place.kv !== undefined && kvVersion === 2;
  const path = place.kv !== undefined ? (kv2 ? `${mount}/data/${place.kv}` : `${mount}/${place.kv}`) : place.path;
  let readAt = now();
  const { answer, grant } = await ask(reader, (token) => {
    readAt = now();
    return { method: 'GET', path, token };
  });
  if (answer.status === 404) return undefined; // also a version of KV 2 that was deleted or destroyed
  mustSucceed(path, answer);
  const reading = readingOf(path, answer, kv2);
  if (!reading) return undefined;
  const { data, ...lease } = reading;
  return { ...lease, secret: secretOf(path, data, place.field), grant, readAt };
}

/**
 * The time that Vault grants a lease from now on, or undefined when it can be prolonged no more: it has ended, or may not be renewed.
 */
export async function renewLease(
  reader: VaultReader,
  { leaseId, durationMs }: { readonly leaseId: string; readonly durationMs: number },
): Promise<{ readonly durationMs: number; readonly renewable: boolean } | undefined> {
  const path = 'sys/leases/renew';
  const body = { lease_id: leaseId, increment: Math.ceil(durationMs / 1_000) };
  const { answer } = await ask(reader, (token) => ({ method: 'PUT', path, token, body }));
  if (answer.status === 400 || answer.status === 403 || answer.status === 404) return undefined;
  mustSucceed(path, answer);
  return durationOf(path, answer, 'lease');
}

/** A 403 may be about the token as well as about what was asked; so it is asked once more with another token, and only once. */
async function ask(
  reader: VaultReader,
  request: (token: string) => VaultRequest,
): Promise<{ readonly answer: VaultAnswer; readonly grant: Grant }> {
  const { client, session } = reader;
  const grant = await session.grant();
  const answer = await client(request(grant.token));
  if (answer.status !== 403) return { answer, grant };
  const next = await session.another(grant);
  return next ? { answer: await client(request(next.token)), grant: next } : { answer, grant };
}

function secretOf(path: string, data: Readonly<Record<string, unknown>>, field: string | undefined): Secret {
  if (field === undefined) return Secret.of(data);
  const value = data[field];
  if (!Object.hasOwn(data, field) || value === null) throw refused(path, `what is there has no field ${field}`);
  if (typeof value === 'string') return Secret.of(value);
  if (value === undefined) throw away(path, 'its answer is not what Vault sends');
  return Secret.of(JSON.stringify(value));
}
