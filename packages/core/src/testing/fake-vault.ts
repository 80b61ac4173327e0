import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Runtime } from '../runtime/runtime.ts';
import type { VaultFetch } from '../secrets/vault/vault-fetch.ts';
import { badToken, denied, type FakeAnswer, type FakeRequest, failure, missing, sealed } from './vault/answers.ts';
import { FakeKv, type kvMounts } from './vault/kv.ts';
import { type DatabaseRole, FakeLeases } from './vault/leases.ts';
import { type FakeAppRole, FakeLogins } from './vault/logins.ts';
import { capabilityOf, defaultPolicy, type PolicyRules } from './vault/policies.ts';
import { FakeTokens, type TokenRole } from './vault/tokens.ts';

/** One request that the fake was sent. */
export interface FakeVaultRequest {
  readonly method: string;
  /** Everything after `/v1/`. */
  readonly path: string;
  readonly namespace: string | undefined;
  readonly status: number;
  /** On the runtime's clock. */
  readonly at: number;
}

/** How a fake Vault misbehaves. `busy`: 429. `refusing`: no connection. `hanging`: a connection and no answer. */
export type FakeVaultWeather = 'fair' | 'busy' | 'refusing' | 'hanging';

/**
 * A Vault in memory, on the clock of a Runtime: tokens with time and policies, AppRole and Kubernetes logins, KV 2 (`secret/`) and
 * KV 1 (`kv/`), database credentials with leases that end with their token, seal, standby and overload. Answers and errors have the
 * shapes of Vault's documented HTTP API; what it does not have answers 404 as an unknown path does. It can be asked directly
 * by `fetch`, which takes no time at all, or over HTTP.
 */
export class FakeVault {
  readonly rootToken: string;
  /** Speaks to this Vault without a network, whatever the host in the URL. */
  readonly fetch: VaultFetch;
  /** What was asked so far, in order. */
  readonly requests: FakeVaultRequest[] = [];
  weather: FakeVaultWeather = 'fair';
  readonly #runtime: Runtime;
  readonly #tokens: FakeTokens;
  readonly #logins: FakeLogins;
  readonly #leases: FakeLeases;
  readonly #kv: FakeKv;
  readonly #policies = new Map<string, PolicyRules>([['default', defaultPolicy]]);
  #sealed = false;
  #activeUrl: string | undefined;
  /** Answers that come instead of the next ones. */
  #forced: FakeAnswer[] = [];
  #server: Server | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#tokens = new FakeTokens(runtime);
    this.#logins = new FakeLogins(runtime, this.#tokens);
    this.#leases = new FakeLeases(runtime, this.#tokens);
    this.#kv = new FakeKv(runtime);
    this.rootToken = this.token({ policies: ['root'], ttlMs: 0, renewable: false });
    this.fetch = async (url, { method, headers, body, signal }) => {
      const answer = await this.#answered({ method, url, headers, body: body ?? '' }, signal);
      const bytes = answer.body === undefined ? [] : [Buffer.from(JSON.stringify(answer.body))];
      return { status: answer.status, headers: new Headers(answer.headers), body: iterable(bytes) };
    };
  }

  policy(name: string, rules: PolicyRules): void {
    this.#policies.set(name, rules);
  }

  /** A token that nobody had to log in for. */
  token(role: TokenRole): string {
    return this.#tokens.create(role).id;
  }

  appRole(role: TokenRole): FakeAppRole {
    return this.#logins.appRole(role);
  }

  kubernetesRole(name: string, role: TokenRole, jwts: readonly string[]): void {
    this.#logins.kubernetesRole(name, role, jwts);
  }

  databaseRole(name: string, role: DatabaseRole): void {
    this.#leases.role(name, role);
  }

  /** @param key With its mount: `secret/app/db` in version 2, `kv/app/db` in version 1. */
  put(key: `${keyof typeof kvMounts}/${string}`, data: Readonly<Record<string, unknown>>): void {
    this.#kv.put(key, data);
  }

  delete(key: `${keyof typeof kvMounts}/${string}`): void {
    this.#kv.delete(key);
  }

  /** Whether the database lets this login in now: its lease lives, and the token that asked for it. */
  accepts(username: string, password: string): boolean {
    return this.#leases.accepts(username, password);
  }

  get liveLeases(): readonly string[] {
    return this.#leases.live;
  }

  get issuedLeases(): number {
    return this.#leases.issued;
  }

  get liveTokens(): readonly string[] {
    return this.#tokens.live.map(({ id }) => id).filter((id) => id !== this.rootToken);
  }

  /** An operator ends a token, and with it what was read with it. */
  revokeToken(id: string): void {
    const token = this.#tokens.find(id);
    if (token) token.revoked = true;
  }

  revokeLease(id: string): void {
    this.#leases.revoke(id);
  }

  seal(): void {
    this.#sealed = true;
  }

  unseal(): void {
    this.#sealed = false;
  }

  /** Makes it a standby that sends its clients to `activeUrl`; undefined makes it the active node again. */
  standby(activeUrl: string | undefined): void {
    this.#activeUrl = activeUrl;
  }

  /** The next `times` requests get this answer, whatever they ask: 429, 500, a body that no Vault would send. */
  force(answer: FakeAnswer, times = 1): void {
    this.#forced.push(...Array.from({ length: times }, () => answer));
  }

  /** How often `path` was asked for; a path that ends in `*` means all that begin so. */
  count(path: string): number {
    const matches = (asked: string): boolean => (path.endsWith('*') ? asked.startsWith(path.slice(0, -1)) : asked === path);
    return this.requests.filter((request) => matches(request.path)).length;
  }

  /** Listens on a free port of 127.0.0.1 and gives the address. */
  async listen(): Promise<string> {
    const server = createServer((request, response) => {
      void text(request).then(async (body) => {
        const { method = 'GET', url = '/' } = request;
        const answer = await this.#answered({ method, url, headers: request.headers, body }).catch(() => undefined);
        if (!answer) return request.destroy();
        response.writeHead(answer.status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...answer.headers });
        response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  async #answered(
    raw: {
      readonly method: string;
      readonly url: string;
      readonly headers: FakeRequest['headers'] | NodeJS.Dict<string | string[]>;
      readonly body: string;
    },
    signal?: AbortSignal,
  ): Promise<FakeAnswer> {
    signal?.throwIfAborted();
    if (this.weather === 'refusing') throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    if (this.weather === 'hanging') return aborted(signal);
    const url = new URL(raw.url, 'http://vault');
    const path = decodeURIComponent(url.pathname.replace(/^\/v1\//, ''));
    const headers = Object.fromEntries(Object.entries(raw.headers).map(([name, value]) => [name.toLowerCase(), value?.toString()]));
    const body = raw.body === '' ? {} : (JSON.parse(raw.body) as FakeRequest['body']);
    const answer = this.#forced.shift() ?? this.#answer({ method: raw.method, path, query: url.searchParams, headers, body });
    const at = this.#runtime.clock.now();
    this.requests.push({ method: raw.method, path, namespace: headers['x-vault-namespace'], status: answer.status, at });
    return answer;
  }

  #answer(request: FakeRequest): FakeAnswer {
    const { method, path, query, headers, body } = request;
    if (path === 'sys/health') return this.#health(query);
    if (this.weather === 'busy') return failure(429, `request path "${path}": rate limit quota exceeded`);
    if (this.#sealed) return sealed;
    if (this.#activeUrl !== undefined) return { status: 307, headers: { location: `${this.#activeUrl}/v1/${path}` } };
    const login = method === 'POST' || method === 'PUT' ? this.#logins.answer(path, body) : undefined;
    if (login) return login;
    const token = this.#tokens.find(headers['x-vault-token']);
    const refusal = this.#tokens.refusal(token, capabilityOf(method), path, this.#policies, denied);
    if (refusal || !token) return refusal ?? badToken;
    return (
      this.#tokens.answer(method, path, token, body) ??
      this.#leases.answer(method, path, token, body) ??
      this.#kv.answer(method, path, query) ??
      (method === 'GET' ? missing : failure(405, 'unsupported operation'))
    );
  }

  #health(query: URLSearchParams): FakeAnswer {
    const standby = this.#activeUrl !== undefined;
    const status = this.#sealed ? 503 : standby && query.get('standbyok') === null ? 429 : 200;
    const body = {
      initialized: true,
      sealed: this.#sealed,
      standby,
      performance_standby: false,
      replication_performance_mode: 'disabled',
      replication_dr_mode: 'disabled',
      server_time_utc: Math.floor(this.#runtime.clock.epoch() / 1_000),
      version: '1.19.0',
      cluster_name: 'fake',
      cluster_id: 'fake',
    };
    return { status, body };
  }
}

/** @param runtime Its clock is the Vault's; its seed makes the ids. */
export function fakeVault(runtime: Runtime): FakeVault {
  return new FakeVault(runtime);
}

async function* iterable(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** Never answers; ends when the request is given up. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true }));
}
