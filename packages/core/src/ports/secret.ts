import { createHash, timingSafeEqual } from 'node:crypto';
import { coreError } from '../errors/core-errors.ts';

const hidden = '[secret]';

/**
 * A secret text that shows itself only to who asks for it by `reveal()`. Printed, logged, inspected, joined to a string,
 * cloned or turned into JSON it is `[secret]` or nothing. Immutable.
 *
 * A secret of several parts that belong together, such as a user name and its password, is one value: a JSON object as text,
 * so that both halves always come from the same reading.
 *
 * @example
 * ```ts
 * import { Secret } from '@tutti/core';
 *
 * const login = Secret.of({ username: 'app', password: 'correct horse' });
 * console.log(`${login}`, JSON.stringify({ login })); // [secret] {"login":"[secret]"}
 * console.log(login.reveal('username')); // app
 * ```
 */
export class Secret {
  static {
    // what `util.inspect` and `console.log` show
    Object.defineProperty(Secret.prototype, Symbol.for('nodejs.util.inspect.custom'), { value: () => hidden });
  }

  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  /** @param value A text as it is; an object as its JSON text. */
  static of(value: string | Readonly<Record<string, unknown>>): Secret {
    return new Secret(typeof value === 'string' ? value : JSON.stringify(value));
  }

  /**
   * The secret itself. Keep it no longer than it takes to use it.
   * @param field One part of a secret that is a JSON object: a string as it is, anything else as JSON.
   * @throws INVALID_DATA when there is no such part. The error names the part and nothing of the secret.
   */
  reveal(field?: string): string {
    if (field === undefined) return this.#text;
    const value = this.#part(field);
    return typeof value === 'string' ? value : JSON.stringify(value);
  }

  #part(field: string): unknown {
    let parts: unknown;
    try {
      parts = JSON.parse(this.#text);
    } catch {
      parts = undefined; // the parser's own message would quote the secret
    }
    if (typeof parts !== 'object' || parts === null || Array.isArray(parts)) {
      throw coreError('INVALID_DATA', { path: `secret.${field}`, problem: 'is asked for, but the secret is no JSON object' });
    }
    if (!Object.hasOwn(parts, field)) throw coreError('INVALID_DATA', { path: `secret.${field}`, problem: 'is not part of the secret' });
    return (parts as Readonly<Record<string, unknown>>)[field];
  }

  /** Whether both are the same text. Takes the same time wherever they differ. */
  equals(other: Secret): boolean {
    return timingSafeEqual(digest(this.#text), digest(other.#text));
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }

  [Symbol.toPrimitive](): string {
    return hidden;
  }
}

/** Equal lengths, whatever the texts, which `timingSafeEqual` needs. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
