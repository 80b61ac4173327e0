import type { Call } from '@tutti/core';
import type { RequestHeaders } from '../http/request-headers.ts';

/** Who asks, as an authenticator vouches for it. */
export interface Identity {
  readonly principal: string;
  readonly tenant?: string;
  readonly roles: readonly string[];
}

/** One way to find out who asks. */
export interface Authenticator {
  readonly name: string;
  /** The value of WWW-Authenticate that asks for credentials of this kind. */
  readonly challenge: string;
  /**
   * Undefined when the request carries no credentials of this kind, so that another authenticator may look.
   * @throws GATEWAY_UNAUTHENTICATED for credentials that are not good, with the challenges to answer with.
   */
  authenticate(headers: RequestHeaders, call: Call): Promise<Identity | undefined>;
}
