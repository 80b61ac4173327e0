import type { VaultAnswer } from './vault-client.ts';
import { away, refused } from './vault-failure.ts';

/** What a read gave: the data, and its lease if it has one. */
export interface VaultReading {
  readonly data: Readonly<Record<string, unknown>>;
  /** '' without a lease. */
  readonly leaseId: string;
  /** 0 when Vault says nothing about it. Without a lease it is advice on when to read again. */
  readonly durationMs: number;
  readonly renewable: boolean;
}

/** What a login, or the renewal of a token, gave. */
export interface VaultToken {
  readonly token: string;
  /** 0 for a token that does not end. */
  readonly durationMs: number;
  readonly renewable: boolean;
}

/**
 * Sorts the answers that are no success: what may pass by itself (sealed 503, too many requests 429, a standby 472 and 473, one
 * that lags behind 412, any 5xx), and what does not.
 * @throws SECRET_UNAVAILABLE
 * @throws SECRET_REFUSED
 */
export function mustSucceed(path: string, answer: VaultAnswer): void {
  const { status } = answer;
  if (status >= 200 && status < 300) return;
  const problem = `/v1/${path} answered ${status}${reasons(answer)}`;
  if (
    (status >= 300 && status < 400) ||
    status >= 500 ||
    status === 408 ||
    status === 412 ||
    status === 429 ||
    status === 472 ||
    status === 473
  )
    throw away(path, problem);
  throw refused(path, problem);
}

/** Vault's own sentences, as far as they are sentences; a body of any other shape is not repeated. */
function reasons({ body }: VaultAnswer): string {
  const errors = body?.['errors'];
  const words = (Array.isArray(errors) ? errors : [])
    .filter((error) => typeof error === 'string')
    .map((error) => error.replaceAll(/\s+/g, ' ').trim());
  return words.length === 0 ? '' : ` (${words.join('; ').slice(0, 200)})`;
}

/** @param kv2 Unwraps the version around the data; undefined for a version that was deleted. */
export function readingOf(path: string, answer: VaultAnswer, kv2: boolean): VaultReading | undefined {
  const { body } = answer;
  const outer = objectOf(body?.['data']);
  const data = kv2 ? objectOf(outer?.['data']) : outer;
  if (kv2 && outer?.['data'] === null) return undefined;
  if (!body || !data) throw notVault(path);
  return {
    data,
    leaseId: typeof body['lease_id'] === 'string' ? body['lease_id'] : '',
    durationMs: millisecondsOf(body['lease_duration']),
    renewable: body['renewable'] === true,
  };
}

/** @param what Of a lease the answer itself, of a token its `auth`. */
export function durationOf(
  path: string,
  answer: VaultAnswer,
  what: 'lease' | 'token',
): { readonly durationMs: number; readonly renewable: boolean } {
  const granted = what === 'lease' ? answer.body : objectOf(answer.body?.['auth']);
  if (!granted || typeof granted['lease_duration'] !== 'number') throw notVault(path);
  return { durationMs: millisecondsOf(granted['lease_duration']), renewable: granted['renewable'] === true };
}

export function tokenOf(path: string, answer: VaultAnswer): VaultToken {
  const token = objectOf(answer.body?.['auth'])?.['client_token'];
  if (typeof token !== 'string' || token === '') throw notVault(path);
  return { token, ...durationOf(path, answer, 'token') };
}

/** Of `auth/token/lookup-self`. */
export function lookedUp(path: string, answer: VaultAnswer): { readonly durationMs: number; readonly renewable: boolean } {
  const data = objectOf(answer.body?.['data']);
  if (!data || typeof data['ttl'] !== 'number') throw notVault(path);
  return { durationMs: millisecondsOf(data['ttl']), renewable: data['renewable'] === true };
}

function notVault(path: string): Error {
  return away(path, 'its answer is not what Vault sends');
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function millisecondsOf(seconds: unknown): number {
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 0;
}
