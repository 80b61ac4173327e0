import type { Layer } from '@tutti/core';
import type { Exchange } from '../http/exchange.ts';
import type { IdentitySigner } from './identity-signer.ts';
import { identityHeader } from './identity-token.ts';

/** Has the service told who asks, in a way that it can check. Signed for each attempt, as late as possible. */
export function identified(sign: IdentitySigner, serviceName: string): Layer<Exchange, void> {
  return (next) => (exchange, call) => {
    const { identity } = exchange;
    if (identity) exchange.vouched = (attempt) => [identityHeader, sign(identity, serviceName, attempt)];
    return next(exchange, call);
  };
}
