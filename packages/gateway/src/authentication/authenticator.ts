import type { Call } from '@tutti/core';
import type { RequestHeaders } from '../http/request-headers.ts';

/** Who asks, as an authenticator vouches for it. */
export interface Identity {
  readonly principal: string;
  readonly tenant?: string;
  readonly roles: readonly string[];
  /** What these credentials were given out for (RFC 6749, section 3.3); whoever has a role may have lent out less. */
  readonly scopes?: readonly string[];
}

/** One way to find out who asks. */
export interface Authenticator {
  readonly name: string;
  /** The value of WWW-Authenticate that asks for credentials of this kind. */
  readonly challenge: string;
  /**
   * Who asks, when these very credentials were found good before and still are; undefined in every other case. Asked first of all, and
   * also of clients whose other credentials are not looked at any more for now.
   */
  recall(headers: RequestHeaders, call: Call): Identity | undefined;
  /**
   * Undefined when the request carries no credentials of this kind, so that another authenticator may look.
   * @throws GATEWAY_UNAUTHENTICATED for credentials that are not good, with the challenges to answer with. This, and nothing else, counts
   * as a failed login.
   */
  authenticate(headers: RequestHeaders, call: Call): Promise<Identity | undefined>;
}
