import type { Layer } from '@tutti/core';
import { gatewayError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Authenticator, Identity } from './authenticator.ts';

/**
 * Lets a request through only when an authenticator knows who asks and, with `roles`, when they have one of them. From
 * here on the call carries who it is.
 */
export function authenticated(authenticators: readonly Authenticator[], roles: readonly string[] | undefined): Layer<Exchange, void> {
  return (next) => async (exchange, call) => {
    let identity: Identity | undefined;
    for (const authenticator of authenticators) {
      identity = await authenticator.authenticate(exchange.request.headers, call);
      if (identity) break;
    }
    if (!identity) throw nobody(authenticators);
    const { principal, tenant, roles: held } = identity;
    if (roles && !roles.some((role) => held.includes(role)))
      throw gatewayError('GATEWAY_FORBIDDEN', { problem: 'none of the roles that may do this is yours' });
    return next(exchange, call.child({ principal, ...(tenant !== undefined && { tenant }) }));
  };
}

/** A 401 must say how to do better (RFC 9110, section 15.5.2); where nothing could be better, it is a 403. */
function nobody(authenticators: readonly Authenticator[]): Error {
  if (authenticators.length === 0) return gatewayError('GATEWAY_FORBIDDEN', { problem: 'nobody may do this' });
  return gatewayError('GATEWAY_UNAUTHENTICATED', {
    problem: 'this needs credentials',
    challenges: authenticators.map(({ challenge }) => challenge),
  });
}
