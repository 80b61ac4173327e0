import { TuttiError } from '../../errors/tutti-error.ts';
import type { Clock } from '../../runtime/clock.ts';
import { deadlineWheel } from '../../runtime/deadline-wheel.ts';
import { away } from './vault-failure.ts';
import type { VaultFetch, VaultFetchAnswer } from './vault-fetch.ts';

/** What Vault said to one request. */
export interface VaultAnswer {
  readonly status: number;
  /** Undefined where the body is empty or no JSON object. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

export interface VaultRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Everything after `/v1/`. */
  readonly path: string;
  readonly token?: string;
  readonly body?: object;
  /** What of the body nobody may see, should an answer repeat it. */
  readonly credential?: string;
  /** Ends the request early, beside its own timeout. */
  readonly signal?: AbortSignal;
}

export interface VaultClientOptions {
  readonly address: string;
  readonly namespace: string | undefined;
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly fetch: VaultFetch;
  readonly clock: Clock;
}

/** Sends one request and reads its answer whole. Does not try again. @throws SECRET_UNAVAILABLE */
export type VaultClient = (request: VaultRequest) => Promise<VaultAnswer>;

export function vaultClient(options: VaultClientOptions): VaultClient {
  const { address, clock, timeoutMs } = options;
  return async ({ method, path, token, body, credential, signal }) => {
    const controller = new AbortController();
    const deadline = deadlineWheel(clock).at(clock.now() + timeoutMs, () => controller.abort());
    const stop = (): void => controller.abort();
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    const init = {
      method,
      headers: headersOf(options.namespace, token, body !== undefined),
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'manual' as const,
      signal: controller.signal,
    };
    const url = `${new URL(address).origin}/v1/${path.split('/').map(encodeURIComponent).join('/')}`;
    try {
      const first = await options.fetch(url, init);
      const target = redirection(path, url, first);
      const answer = target === undefined ? first : await options.fetch(target, init);
      const text = await read(path, answer, options.maxResponseBytes);
      return { status: answer.status, body: parsed(answer.status < 300 ? text : without(text, token, credential)) };
    } catch (cause) {
      if (TuttiError.is(cause)) throw cause;
      if (controller.signal.aborted) throw away(path, signal?.aborted ? 'the source is stopping' : `no answer within ${timeoutMs} ms`);
      throw away(path, `no connection (${networkCode(cause)})`);
    } finally {
      controller.abort(); // what nobody read of an answer must not keep its connection
      deadline.cancel();
      signal?.removeEventListener('abort', stop);
    }
  };
}

function headersOf(namespace: string | undefined, token: string | undefined, hasBody: boolean): Record<string, string> {
  return {
    // asked for by Vault's agents and proxies, which refuse requests that a foreign page may have caused
    'x-vault-request': 'true',
    ...(token !== undefined && { 'x-vault-token': token }),
    ...(namespace !== undefined && { 'x-vault-namespace': namespace }),
    ...(hasBody && { 'content-type': 'application/json' }),
  };
}

/**
 * Where a standby sends its clients: to the active node. Followed once, and never from https to http, as by Vault's own client:
 * the token goes along.
 */
function redirection(path: string, url: string, { status, headers }: VaultFetchAnswer): string | undefined {
  if (status !== 307 && status !== 308 && status !== 301 && status !== 302) return undefined;
  const target = URL.parse(headers.get('location') ?? '', url);
  if (!target) throw away(path, 'it redirects to nowhere');
  if (target.protocol !== 'https:' && target.protocol !== new URL(url).protocol) throw away(path, 'it redirects from https to plain http');
  return target.href;
}

async function read(path: string, answer: VaultFetchAnswer, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    length += chunk.byteLength;
    if (length > maxBytes) throw away(path, `its answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What is no JSON object came from something else that listens there; whoever needs the body notices. */
function parsed(text: string): VaultAnswer['body'] {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as VaultAnswer['body']) : undefined;
  } catch {
    return undefined;
  }
}

/** A failure is told on, to logs and callers; an answer that repeats what was sent must not carry it there. */
function without(text: string, ...credentials: readonly (string | undefined)[]): string {
  return credentials.reduce<string>((rest, credential) => (credential ? rest.replaceAll(credential, '[secret]') : rest), text);
}

/** The code alone: messages of HTTP clients may quote what they sent. */
function networkCode(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
}
