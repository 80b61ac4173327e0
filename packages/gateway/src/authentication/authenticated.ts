import type { Call, Layer } from '@tutti/core';
import { TuttiError } from '@tutti/core';
import { gatewayError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { FailedLogins } from '../limits/failed-logins.ts';
import type { Authenticator, Identity } from './authenticator.ts';

/**
 * Lets a request through only when an authenticator knows who asks; from here on the exchange and the call carry it. Who is recalled is let through at
 * once. Everybody else is looked at only while their address has not failed too often.
 */
export function authenticated(authenticators: readonly Authenticator[], failedLogins: FailedLogins | undefined): Layer<Exchange, void> {
  return (next) => {
    const letIn = (exchange: Exchange, call: Call, identity: Identity): Promise<void> => {
      exchange.identity = identity;
      const { principal, tenant } = identity;
      return next(exchange, call.child(tenant === undefined ? { principal } : { principal, tenant }));
    };
    // not async: most requests are of somebody who is recalled
    return (exchange, call) => {
      const identity = recalled(authenticators, exchange, call);
      if (identity) return letIn(exchange, call, identity);
      return found(authenticators, failedLogins, exchange, call).then((who) => letIn(exchange, call, who));
    };
  };
}

function recalled(authenticators: readonly Authenticator[], { request }: Exchange, call: Call): Identity | undefined {
  for (const authenticator of authenticators) {
    const identity = authenticator.recall(request.headers, call);
    if (identity) return identity;
  }
  return undefined;
}

async function found(
  authenticators: readonly Authenticator[],
  failedLogins: FailedLogins | undefined,
  { request }: Exchange,
  call: Call,
): Promise<Identity> {
  const attempt = failedLogins?.begin(request.clientAddress);
  try {
    for (const authenticator of authenticators) {
      const identity = await authenticator.authenticate(request.headers, call);
      if (identity) return identity;
    }
  } catch (error) {
    if (TuttiError.is(error, 'GATEWAY_UNAUTHENTICATED')) attempt?.failed();
    throw error;
  } finally {
    attempt?.over();
  }
  throw gatewayError('GATEWAY_UNAUTHENTICATED', {
    problem: 'this needs credentials',
    challenges: authenticators.map(({ challenge }) => challenge),
  });
}
