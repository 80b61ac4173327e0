import type { Runtime } from '../../runtime/runtime.ts';
import { type FakeAnswer, failure } from './answers.ts';
import { fakeId } from './fake-id.ts';
import type { FakeTokens, TokenRole } from './tokens.ts';

export interface FakeAppRole {
  readonly roleId: string;
  /** Makes another secret id. @param uses Logins it is good for; 0 for any number. */
  secretId(uses?: number): string;
}

interface AppRole {
  readonly role: TokenRole;
  /** Uses left; 0 for any number. */
  readonly secretIds: Map<string, number>;
}

/** The login endpoints of AppRole and Kubernetes. */
export class FakeLogins {
  readonly #runtime: Runtime;
  readonly #tokens: FakeTokens;
  readonly #appRoles = new Map<string, AppRole>();
  readonly #kubernetes = new Map<string, { readonly role: TokenRole; readonly jwts: ReadonlySet<string> }>();

  constructor(runtime: Runtime, tokens: FakeTokens) {
    this.#runtime = runtime;
    this.#tokens = tokens;
  }

  appRole(role: TokenRole): FakeAppRole {
    const roleId = fakeId(this.#runtime, 20);
    const secretIds = new Map<string, number>();
    this.#appRoles.set(roleId, { role, secretIds });
    return {
      roleId,
      secretId: (uses = 0) => {
        const secretId = fakeId(this.#runtime, 20);
        secretIds.set(secretId, uses);
        return secretId;
      },
    };
  }

  kubernetesRole(name: string, role: TokenRole, jwts: readonly string[]): void {
    this.#kubernetes.set(name, { role, jwts: new Set(jwts) });
  }

  answer(path: string, body: Readonly<Record<string, unknown>>): FakeAnswer | undefined {
    if (path === 'auth/approle/login') return this.#byAppRole(String(body['role_id'] ?? ''), String(body['secret_id'] ?? ''));
    if (path === 'auth/kubernetes/login') return this.#byKubernetes(String(body['role'] ?? ''), String(body['jwt'] ?? ''));
    return undefined;
  }

  #byAppRole(roleId: string, secretId: string): FakeAnswer {
    const found = this.#appRoles.get(roleId);
    const uses = found?.secretIds.get(secretId);
    if (!found || uses === undefined) return failure(400, 'invalid role or secret ID');
    if (uses === 1) found.secretIds.delete(secretId);
    else if (uses > 1) found.secretIds.set(secretId, uses - 1);
    return this.#tokens.granted(this.#tokens.create(found.role));
  }

  #byKubernetes(name: string, jwt: string): FakeAnswer {
    if (jwt === '') return failure(400, 'missing jwt');
    const found = this.#kubernetes.get(name);
    if (!found) return failure(400, `invalid role name "${name}"`);
    return found.jwts.has(jwt) ? this.#tokens.granted(this.#tokens.create(found.role)) : failure(403, 'permission denied');
  }
}
