import type { Runtime } from '../../runtime/runtime.ts';
import { type FakeAnswer, failure, noContent, seconds, success } from './answers.ts';
import { fakeId } from './fake-id.ts';
import type { FakeToken, FakeTokens } from './tokens.ts';

export interface DatabaseRole {
  /** @defaultValue 3600000 */
  readonly ttlMs?: number;
  /** Counted from the issue of a lease. @defaultValue 86400000 */
  readonly maxTtlMs?: number;
  /** @defaultValue true */
  readonly renewable?: boolean;
}

interface Lease extends Required<DatabaseRole> {
  readonly id: string;
  readonly token: FakeToken;
  readonly issuedAt: number;
  readonly username: string;
  readonly password: string;
  endsAt: number;
  revoked: boolean;
}

const defaults = { ttlMs: 3_600_000, maxTtlMs: 86_400_000, renewable: true } as const;

/** The database engine and the leases of what it gives out. A lease ends with the token that asked for it. */
export class FakeLeases {
  readonly #runtime: Runtime;
  readonly #tokens: FakeTokens;
  readonly #roles = new Map<string, Required<DatabaseRole>>();
  readonly #leases = new Map<string, Lease>();

  constructor(runtime: Runtime, tokens: FakeTokens) {
    this.#runtime = runtime;
    this.#tokens = tokens;
  }

  role(name: string, role: DatabaseRole): void {
    this.#roles.set(name, { ...defaults, ...role });
  }

  get live(): readonly string[] {
    return [...this.#leases.values()].filter((lease) => this.#isLive(lease)).map(({ id }) => id);
  }

  get issued(): number {
    return this.#leases.size;
  }

  /** What the database says to this login now. */
  accepts(username: string, password: string): boolean {
    return [...this.#leases.values()].some((lease) => this.#isLive(lease) && lease.username === username && lease.password === password);
  }

  revoke(id: string): boolean {
    const lease = this.#leases.get(id);
    if (!lease) return false;
    lease.revoked = true;
    return true;
  }

  answer(method: string, path: string, token: FakeToken, body: Readonly<Record<string, unknown>>): FakeAnswer | undefined {
    if (method === 'GET' && path.startsWith('database/creds/')) return this.#issue(path, token);
    if (method !== 'PUT' && method !== 'POST') return undefined;
    const id = String(body['lease_id'] ?? '');
    if (path === 'sys/leases/renew') return this.#renew(id, Number(body['increment'] ?? 0) * 1_000);
    if (path !== 'sys/leases/revoke') return undefined;
    return this.revoke(id) ? noContent : failure(400, 'lease not found');
  }

  #issue(path: string, token: FakeToken): FakeAnswer {
    const name = path.slice('database/creds/'.length);
    const role = this.#roles.get(name);
    if (!role) return failure(400, `unknown role: ${name}`);
    const issuedAt = this.#runtime.clock.now();
    const username = `v-approle-${name}-${fakeId(this.#runtime, 16)}`;
    const password = `A1a-${fakeId(this.#runtime, 16)}`;
    const id = `${path}/${fakeId(this.#runtime, 24)}`;
    const endsAt = issuedAt + Math.min(role.ttlMs, role.maxTtlMs);
    this.#leases.set(id, { ...role, id, token, issuedAt, username, password, endsAt, revoked: false });
    const lease = { lease_id: id, renewable: role.renewable, lease_duration: seconds(endsAt - issuedAt) };
    return success({ ...lease, data: { password, username } }, () => fakeId(this.#runtime, 32));
  }

  #renew(id: string, incrementMs: number): FakeAnswer {
    const lease = this.#leases.get(id);
    if (!lease || !this.#isLive(lease)) return failure(400, 'lease not found');
    if (!lease.renewable) return failure(400, 'lease is not renewable');
    const now = this.#runtime.clock.now();
    const wanted = now + (incrementMs || lease.ttlMs);
    const latest = lease.issuedAt + lease.maxTtlMs;
    lease.endsAt = Math.min(wanted, latest);
    const granted = { lease_id: id, renewable: true, lease_duration: seconds(lease.endsAt - now) };
    const warnings = wanted > latest ? ['TTL value is capped by the effective max_ttl'] : null;
    return success({ ...granted, warnings }, () => fakeId(this.#runtime, 32));
  }

  #isLive(lease: Lease): boolean {
    return !lease.revoked && lease.endsAt > this.#runtime.clock.now() && this.#tokens.isLive(lease.token);
  }
}
