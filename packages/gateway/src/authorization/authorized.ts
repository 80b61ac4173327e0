import type { Call, Layer, TenantDirectory } from '@tutti/core';
import type { Authenticator, Identity } from '../authentication/authenticator.ts';
import { gatewayError } from '../errors.ts';
import type { Exchange, IncomingRequest } from '../http/exchange.ts';
import type { Authorization } from './authorization-rule.ts';
import { type Denial, denial } from './decide.ts';
import type { Grants } from './role-permissions.ts';

/** What a policy may look at. */
export interface PolicyQuestion {
  readonly identity: Identity;
  /** Its body is not for policies: to read it would hold it in memory. */
  readonly request: Omit<IncomingRequest, 'body'>;
}

/** A decision that data cannot make, under a name that rules refer to. Only `true` lets in; what it throws is the answer, and nothing goes upstream. */
export type Policy = (question: PolicyQuestion, call: Call) => boolean | Promise<boolean>;

export interface AuthorizedOptions {
  readonly grants: Grants;
  readonly tenants: TenantDirectory | undefined;
  readonly policies: ReadonlyMap<string, Policy>;
  readonly authenticators: readonly Authenticator[];
}

/** Lets through whom the rule lets, of those who are authenticated. Nobody without a rule, and then it does not matter who asks. */
export function authorized(rule: Authorization | undefined, options: AuthorizedOptions): Layer<Exchange, void> {
  const { grants, tenants, policies, authenticators } = options;
  const bearer = authenticators.find(({ challenge }) => /^bearer\b/i.test(challenge))?.challenge;
  const named = typeof rule === 'object' ? (rule.policies ?? []) : [];
  const ask = async (question: PolicyQuestion, call: Call): Promise<void> => {
    for (const name of named) {
      const allowed = await policies.get(name)?.(question, call);
      if (allowed !== true) throw gatewayError('GATEWAY_FORBIDDEN', { problem: `the policy ${name} does not allow this` });
    }
  };
  return (next) => (exchange, call) => {
    const { identity, request } = exchange;
    if (!rule || !identity) return refused(gatewayError('GATEWAY_FORBIDDEN', { problem: 'nobody may do this' }));
    const denied = denial(rule, { identity, grants, tenantOfHost: tenants && tenantOf(request, tenants) });
    if (denied) return refused(forbidden(denied, bearer));
    if (named.length === 0) return next(exchange, call);
    return ask({ identity, request }, call).then(() => next(exchange, call));
  };
}

const refused = (error: Error): Promise<void> => Promise.reject(error);

/** Whoever lacks a scope can get better credentials, and is told for what (RFC 6750, section 3.1); whoever lacks a role cannot. */
function forbidden({ problem, scopes }: Denial, bearer: string | undefined): Error {
  if (!scopes || bearer === undefined) return gatewayError('GATEWAY_FORBIDDEN', { problem });
  const challenges = [`${bearer}, error="insufficient_scope", scope="${scopes.join(' ')}"`];
  return gatewayError('GATEWAY_FORBIDDEN', { problem, challenges });
}

/** By the name alone: which port was asked does not change whose it is. */
function tenantOf({ headers }: IncomingRequest, tenants: TenantDirectory): string | undefined {
  const host = headers.single('host')?.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
  return host === undefined ? undefined : tenants.byHost(host)?.id;
}
