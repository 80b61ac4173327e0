import { readFile } from 'node:fs/promises';
import { exitCodes, failure, type Outcome } from './exit-codes.ts';

/** The inspection API of one process. */
export interface InspectionClient {
  get(path: string): Promise<Outcome<unknown>>;
  post(path: string, body: object): Promise<Outcome<unknown>>;
}

const patienceMs = 60_000;

/** Where to ask and with which token, from the command line or the environment. */
export async function inspectionClient(
  { url, tokenFile }: { readonly url: string | undefined; readonly tokenFile: string | undefined },
  env: Readonly<Record<string, string | undefined>>,
): Promise<Outcome<InspectionClient>> {
  const address = url ?? env['TUTTI_URL'];
  if (address === undefined || address === '') return failure(exitCodes.usage, 'where is it? Give --url or set TUTTI_URL');
  const base = URL.parse(address);
  if (!base || !/^https?:$/.test(base.protocol) || base.username !== '')
    return failure(exitCodes.usage, '--url must be an http or https URL');
  const token = tokenFile === undefined ? { ok: true as const, value: env['TUTTI_TOKEN'] } : await tokenIn(tokenFile);
  if (!token.ok) return token;
  if (token.value !== undefined && /[^\x21-\x7e]/.test(token.value))
    return failure(exitCodes.usage, 'the token holds what no token can hold');
  const headers = token.value === undefined || token.value === '' ? {} : { authorization: `Bearer ${token.value}` };
  return {
    ok: true,
    value: {
      get: (path) => ask(base, path, { headers }),
      post: (path, body) =>
        ask(base, path, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    },
  };
}

async function tokenIn(file: string): Promise<Outcome<string>> {
  try {
    return { ok: true, value: (await readFile(file, 'utf8')).trim() };
  } catch (error) {
    return failure(exitCodes.usage, `the token file cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

async function ask(
  base: URL,
  path: string,
  init: { readonly method?: string; readonly headers: Record<string, string>; readonly body?: string },
): Promise<Outcome<unknown>> {
  const url = new URL(path, base);
  if (url.origin !== base.origin) return failure(exitCodes.failed, `${base.host} names a place elsewhere; the token is not taken there`);
  let status: number;
  let body: unknown;
  try {
    // a redirection would take the token elsewhere
    const response = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(patienceMs) });
    status = response.status;
    body = await response.json().catch(() => undefined);
  } catch (error) {
    return failure(exitCodes.failed, `${base.host} cannot be reached (${reasonOf(error)})`);
  }
  if (typeof body !== 'object' || body === null)
    return failure(exitCodes.failed, `what answers at ${base.host} is no inspection API (${status})`);
  if (status >= 200 && status < 300) return { ok: true, value: body };
  const { detail, path: at } = body as { readonly detail?: unknown; readonly path?: unknown };
  const words = typeof detail === 'string' ? detail : `it answered ${status}`;
  return failure(exitOf(status), typeof at === 'string' && !words.startsWith(at) ? `${at}: ${words}` : words);
}

function exitOf(status: number): (typeof exitCodes)[keyof typeof exitCodes] {
  if (status === 401 || status === 403) return exitCodes.refused;
  if (status === 404) return exitCodes.notFound;
  return status === 400 || status === 413 ? exitCodes.usage : exitCodes.failed;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason';
  if (error.name === 'TimeoutError') return `no answer within ${patienceMs / 1_000} s`;
  const { cause } = error;
  return cause instanceof Error ? ('code' in cause && typeof cause.code === 'string' ? cause.code : cause.message) : error.message;
}
