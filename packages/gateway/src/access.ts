import { coreError, type Layer, objectWith, type Runtime } from '@tutti/core';
import { authenticated } from './authentication/authenticated.ts';
import type { Authenticator } from './authentication/authenticator.ts';
import { authorized, type Policy } from './authorization/authorized.ts';
import { Grants } from './authorization/role-permissions.ts';
import type { GatewayOptions } from './gateway-options.ts';
import type { Exchange } from './http/exchange.ts';
import { identified } from './identity/identified.ts';
import { type IdentitySigner, identitySigner } from './identity/identity-signer.ts';
import { type AddressPrefix, addressPrefix } from './limits/address-prefix.ts';
import { FailedLogins } from './limits/failed-logins.ts';
import { limited, type PlacedLimit } from './limits/limited.ts';
import { type CheckedLimiting, checkLimiting } from './limits/limiting-options.ts';
import { PatientLimiter } from './limits/patient-limiter.ts';
import type { NamedLayer } from './routing/named-layer.ts';
import type { CheckedRouteRule } from './routing/route-rule.ts';

/** Who gets to a service, and how often: what is common to the routes of a gateway, and the layers that it makes for each of them. */
export class Access {
  readonly #authenticators: readonly Authenticator[];
  readonly #grants: Grants;
  readonly #policies: ReadonlyMap<string, Policy>;
  readonly #options: GatewayOptions;
  readonly #limiting: CheckedLimiting;
  /** That of the options, and what stands in for it. */
  readonly limiter: PatientLimiter | undefined;
  readonly #prefix: AddressPrefix;
  readonly #failedLogins: FailedLogins | undefined;
  readonly #sign: IdentitySigner | undefined;

  /** @throws INVALID_OPTIONS naming the path. */
  constructor(options: GatewayOptions, runtime: Runtime) {
    const { authenticators = [], rolePermissions = {}, policies = {}, limiting, rateLimiter, identity } = options;
    this.#options = options;
    this.#authenticators = authenticators;
    this.#grants = new Grants(rolePermissions, 'gateway.rolePermissions');
    this.#policies = checkPolicies(policies);
    this.#limiting = checkLimiting(limiting);
    const { everywhere, prefixBits, failedLogins } = this.#limiting;
    if (everywhere.length > 0 && !rateLimiter) throw noLimiter('gateway.limiting.everywhere');
    this.limiter = rateLimiter && new PatientLimiter(rateLimiter, this.#limiting, runtime);
    this.#prefix = addressPrefix(prefixBits);
    this.#failedLogins = failedLogins && new FailedLogins(failedLogins, this.#prefix, runtime);
    this.#sign = identity && identitySigner(identity, 'gateway.identity');
  }

  /** Whether anybody can get in by this rule. */
  letsSomebodyIn(rule: CheckedRouteRule): boolean {
    return rule.public || (rule.authorize !== undefined && this.#authenticators.length > 0);
  }

  /** @throws INVALID_OPTIONS for a rule that needs what the gateway does not have. */
  check(rule: CheckedRouteRule, at: string): void {
    if (rule.rateLimit.length > 0 && !this.limiter) throw noLimiter(`${at}.rateLimit`);
    if (typeof rule.authorize !== 'object') return;
    const { tenant, permissions = [], policies = [] } = rule.authorize;
    const fail = (name: string, problem: string): never => {
      throw coreError('INVALID_OPTIONS', { path: `${at}.authorize.${name}`, problem });
    };
    if (tenant === 'match' && !this.#options.tenants) fail('tenant', 'needs the gateway to have tenants');
    for (const [index, name] of permissions.entries())
      if (!this.#grants.know(name)) fail(`permissions[${index}]`, `is given by no role, got '${name}'`);
    for (const [index, name] of policies.entries())
      if (!this.#policies.has(name)) fail(`policies[${index}]`, `is no policy of the gateway, got '${name}'`);
  }

  /** Outermost first: what is decided by the address alone, before anything is spent on finding out who it is; then who it is, what they may, and how often. */
  layersFor(rule: CheckedRouteRule): readonly NamedLayer[] {
    const limits: readonly PlacedLimit[] = [
      ...rule.rateLimit.map((limit) => ({ rule: limit, place: rule.id })),
      ...this.#limiting.everywhere.map((limit) => ({ rule: limit, place: '*' })),
    ];
    const layers = [
      this.#limits(
        'address limit',
        limits.filter((limit) => limit.rule.by === 'address'),
      ),
      ...this.#identification(rule),
      this.#limits(
        'rate limit',
        limits.filter((limit) => limit.rule.by !== 'address'),
      ),
    ];
    return layers.filter((layer) => layer !== undefined);
  }

  #identification(rule: CheckedRouteRule): readonly NamedLayer[] {
    const { authorize } = rule;
    if (rule.public) return [];
    const { tenants } = this.#options;
    const common = { grants: this.#grants, tenants, policies: this.#policies, authenticators: this.#authenticators };
    const authorization = { name: 'authorization', layer: authorized(authorize, common) };
    if (!this.letsSomebodyIn(rule)) return [authorization];
    const layers = [{ name: 'authentication', layer: authenticated(this.#authenticators, this.#failedLogins) }, authorization];
    return this.#sign ? [...layers, { name: 'identity', layer: identified(this.#sign, rule.serviceName) }] : layers;
  }

  #limits(name: string, limits: readonly PlacedLimit[]): NamedLayer | undefined {
    if (limits.length === 0 || !this.limiter) return undefined;
    const layer: Layer<Exchange, void> = limited(limits, { limiter: this.limiter, prefix: this.#prefix, headers: this.#limiting.headers });
    return { name, layer };
  }
}

function noLimiter(path: string): Error {
  return coreError('INVALID_OPTIONS', { path, problem: 'needs the gateway to have a rateLimiter' });
}

function checkPolicies(policies: Readonly<Record<string, Policy>>): ReadonlyMap<string, Policy> {
  const path = 'gateway.policies';
  const problem = objectWith('an object')(policies);
  if (problem) throw coreError('INVALID_OPTIONS', { path, problem });
  for (const [name, policy] of Object.entries(policies))
    if (typeof policy !== 'function') throw coreError('INVALID_OPTIONS', { path: `${path}['${name}']`, problem: 'must be a function' });
  return new Map(Object.entries(policies));
}
