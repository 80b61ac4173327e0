import { callable, checkOptions, coreError, objectWith, text, wholeNumber } from '@tutti/core';
import { gatewayError } from '../errors.ts';
import type { FetchKeys } from './fetched-keys.ts';
import type { KeySet } from './key-set.ts';

/** The part of `fetch` that is used. */
export type KeysFetch = (url: string, request: KeysFetchRequest) => Promise<KeysFetchAnswer>;

export interface KeysFetchRequest {
  readonly headers: Record<string, string>;
  readonly redirect: 'error';
  readonly signal: AbortSignal;
}

export interface KeysFetchAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}

export interface JwksFromOptions {
  /** A longer answer is refused before it is in memory. Whole, ≥ 1,024. @defaultValue 256 KiB */
  readonly maxBytes?: number;
  /** Where something stands in between: a proxy, an agent with its own certificates. @defaultValue the global fetch */
  readonly fetch?: KeysFetch;
}

export const jwksFromDefaults = { maxBytes: 262_144 } as const;

/**
 * Fetches the key set of an issuer for {@link jwt}, over HTTPS (over HTTP only from this machine). Follows no redirection, and takes JSON alone. Each fetch
 * has ten seconds.
 * @throws INVALID_OPTIONS naming the path. The function that it gives rejects with GATEWAY_KEYS_NOT_FETCHED.
 *
 * @example
 * ```ts
 * import { jwksFrom, jwt } from '@tutti/gateway';
 *
 * const issuer = 'https://id.example';
 * export const authenticator = jwt({ issuer, audience: 'api', jwks: jwksFrom(`${issuer}/.well-known/jwks.json`) });
 * ```
 */
export function jwksFrom(url: string, options: JwksFromOptions = {}): FetchKeys {
  const { maxBytes, fetch = globalThis.fetch as KeysFetch } = checkOptions(
    'jwksFrom',
    options,
    { optional: { maxBytes: wholeNumber({ min: 1_024 }), fetch: callable } },
    jwksFromDefaults,
  );
  checkUrl(url);
  const failed = (problem: string, cause?: unknown): Error => gatewayError('GATEWAY_KEYS_NOT_FETCHED', { url, problem }, { cause });
  return async (signal) => {
    const headers = { accept: 'application/jwk-set+json, application/json' };
    const answer = await fetch(url, { headers, redirect: 'error', signal }).catch((cause: unknown) => {
      throw failed('there was no answer', cause);
    });
    const problem = problemOf(answer);
    if (problem) {
      await abandon(answer);
      throw failed(problem);
    }
    const text = await bodyOf(answer, maxBytes).catch((cause: unknown) => {
      throw failed('the answer broke off', cause);
    });
    if (text === undefined) throw failed(`the answer is larger than ${maxBytes} bytes`);
    const keySet = parse(text);
    const wrong = objectWith('a JSON Web Key Set', 'keys')(keySet);
    if (wrong) throw failed(`the answer ${wrong}`);
    return keySet as KeySet;
  };
}

/** Keys that anybody on the way could exchange are no keys. */
function checkUrl(url: string): void {
  const problem = text(url);
  const parsed = problem === undefined && URL.canParse(url) ? new URL(url) : undefined;
  const isLocal = parsed?.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(parsed.hostname);
  if (!parsed || (parsed.protocol !== 'https:' && !isLocal))
    throw coreError('INVALID_OPTIONS', { path: 'jwksFrom.url', problem: problem ?? 'must be a URL that begins with https://' });
}

function problemOf({ status, headers }: KeysFetchAnswer): string | undefined {
  if (status !== 200) return `the answer was ${status}`;
  const type = (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== 'application/json' && type !== 'application/jwk-set+json') return 'the answer is no JSON';
  return undefined;
}

/** What nobody reads would hold its connection. */
async function abandon({ body }: KeysFetchAnswer): Promise<void> {
  await body?.[Symbol.asyncIterator]()
    .return?.()
    .catch(() => {}); // it ends either way
}

/** Undefined when there is too much of it. */
async function bodyOf({ body }: KeysFetchAnswer, maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // told as what it is not
  }
}
