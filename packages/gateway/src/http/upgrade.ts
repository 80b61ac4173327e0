import type { Duplex } from 'node:stream';

/** What a request asks its connection to become (RFC 9110, section 7.8), where its route allows that. */
export interface Upgrade {
  /** As the client spelt it. */
  readonly protocol: string;
  /**
   * Answers 101 and gives the connection away, with what the client has sent since. Nothing else can be answered then.
   * @param headers Name, value, name, value.
   */
  accept(headers: readonly string[]): Duplex;
}
