import type { Runtime } from '../../runtime/runtime.ts';
import { badToken, type FakeAnswer, failure, noContent, seconds, success } from './answers.ts';
import { fakeId } from './fake-id.ts';
import { allows } from './policies.ts';

export interface TokenRole {
  /** Beside `default`. @defaultValue [] */
  readonly policies?: readonly string[];
  /** @defaultValue 3600000 */
  readonly ttlMs?: number;
  /** Counted from the login, whatever is renewed. @defaultValue 2764800000 */
  readonly maxTtlMs?: number;
  /** @defaultValue true */
  readonly renewable?: boolean;
  /** Requests that the token is good for; 0 for any number. @defaultValue 0 */
  readonly numUses?: number;
}

export interface FakeToken extends Required<TokenRole> {
  readonly id: string;
  readonly accessor: string;
  readonly createdAt: number;
  endsAt: number;
  usesLeft: number;
  revoked: boolean;
}

const defaults = { policies: [], ttlMs: 3_600_000, maxTtlMs: 2_764_800_000, renewable: true, numUses: 0 } as const;

/** The tokens of a fake Vault. One that has ended stays known, because what was read with it has ended too. */
export class FakeTokens {
  readonly #runtime: Runtime;
  readonly #tokens = new Map<string, FakeToken>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  create(role: TokenRole): FakeToken {
    const whole = { ...defaults, ...role };
    const createdAt = this.#runtime.clock.now();
    const endsAt = createdAt + (whole.ttlMs === 0 ? Number.POSITIVE_INFINITY : Math.min(whole.ttlMs, whole.maxTtlMs));
    const id = `hvs.${fakeId(this.#runtime, 24)}`;
    const token = { ...whole, id, accessor: fakeId(this.#runtime, 24), createdAt, endsAt, usesLeft: whole.numUses, revoked: false };
    this.#tokens.set(id, token);
    return token;
  }

  get live(): readonly FakeToken[] {
    return [...this.#tokens.values()].filter((token) => this.isLive(token));
  }

  find(id: string | undefined): FakeToken | undefined {
    const token = id === undefined ? undefined : this.#tokens.get(id);
    return token && this.isLive(token) ? token : undefined;
  }

  isLive(token: FakeToken): boolean {
    return !token.revoked && token.endsAt > this.#runtime.clock.now() && (token.numUses === 0 || token.usesLeft > 0);
  }

  /** What a login answers. */
  granted(token: FakeToken, warnings: readonly string[] | null = null): FakeAnswer {
    const auth = {
      client_token: token.id,
      accessor: token.accessor,
      policies: ['default', ...token.policies],
      token_policies: ['default', ...token.policies],
      metadata: null,
      lease_duration: token.ttlMs === 0 ? 0 : seconds(token.endsAt - this.#runtime.clock.now()),
      renewable: token.renewable,
      entity_id: '',
      token_type: 'service',
      orphan: true,
      mfa_requirement: null,
      num_uses: token.numUses,
    };
    return success({ auth, warnings }, () => fakeId(this.#runtime, 32));
  }

  /** `auth/token/…-self`; undefined for any other path. */
  answer(method: string, path: string, token: FakeToken, body: Readonly<Record<string, unknown>>): FakeAnswer | undefined {
    if (path === 'auth/token/lookup-self' && method === 'GET') return this.#lookup(token);
    if (method !== 'POST' && method !== 'PUT') return undefined;
    if (path === 'auth/token/renew-self') return this.#renew(token, body['increment']);
    if (path !== 'auth/token/revoke-self') return undefined;
    token.revoked = true;
    return noContent;
  }

  /** Says why the token may not; undefined when it may. Takes one of its uses. */
  refusal(
    token: FakeToken | undefined,
    capability: string,
    path: string,
    policies: ReadonlyMap<string, Readonly<Record<string, readonly string[]>>>,
    denied: FakeAnswer,
  ): FakeAnswer | undefined {
    if (!token) return badToken;
    if (token.numUses > 0) token.usesLeft--;
    if (token.policies.includes('root')) return undefined;
    const rules = ['default', ...token.policies].map((name) => policies.get(name) ?? {});
    return allows(rules, capability, path) ? undefined : denied;
  }

  #lookup(token: FakeToken): FakeAnswer {
    const now = this.#runtime.clock.now();
    const data = {
      accessor: token.accessor,
      creation_time: seconds(token.createdAt),
      creation_ttl: seconds(token.ttlMs),
      display_name: 'token',
      entity_id: '',
      expire_time: Number.isFinite(token.endsAt) ? new Date(token.endsAt).toISOString() : null,
      explicit_max_ttl: 0,
      id: token.id,
      meta: null,
      num_uses: token.usesLeft,
      orphan: true,
      path: 'auth/token/create',
      policies: ['default', ...token.policies],
      renewable: token.renewable,
      ttl: Number.isFinite(token.endsAt) ? seconds(token.endsAt - now) : 0,
      type: 'service',
    };
    return success({ data }, () => fakeId(this.#runtime, 32));
  }

  #renew(token: FakeToken, increment: unknown): FakeAnswer {
    if (!token.renewable) return failure(400, 'lease is not renewable');
    const now = this.#runtime.clock.now();
    const wanted = now + (typeof increment === 'string' ? Number.parseInt(increment, 10) * 1_000 : token.ttlMs);
    const latest = token.createdAt + token.maxTtlMs;
    token.endsAt = Math.min(wanted, latest);
    return this.granted(token, wanted > latest ? ['TTL value is capped by the effective max_ttl'] : null);
  }
}
