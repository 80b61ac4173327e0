import type { Secret } from './secret.ts';

/**
 * Where secrets come from: the environment, files, Vault. No value is ever logged or part of an error.
 *
 * A name is one or more segments of letters, digits, `.`, `_` and `-`, joined by `/`, none of which begins with a dot:
 * `smtp-password`, `billing/card-processor`. The same name means the same secret in every source (SE-3).
 */
export interface SecretSource {
  /** Names the source in errors. */
  readonly name: string;

  /**
   * The secret as it is now, or undefined when there is none of this name (SE-1, SE-2). While a remote source is away: the last
   * good value, until that expires. Callers at the same time share one question to the source (SE-6).
   *
   * @throws INVALID_ARGUMENT for what is no name.
   * @throws SECRET_UNAVAILABLE when the source cannot be asked and never gave a value; retryable.
   * @throws SECRET_EXPIRED when it cannot be asked and its last good value has expired; retryable.
   * @throws SECRET_REFUSED when it was asked and does not let this process read the secret.
   */
  get(name: string): Promise<Secret | undefined>;

  /**
   * Hears the secret once it is known and then every change of it (undefined: there is none), never twice the same in a row
   * and never within the call itself (SE-4). Of changes in quick succession perhaps only the latest. Nothing is heard while
   * the source is away or when a value expires: `get` says so. The listener must not throw.
   *
   * @returns Ends it; nothing is heard afterwards (SE-5).
   */
  watch(name: string, listener: (secret: Secret | undefined) => void): () => void;
}
