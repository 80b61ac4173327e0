import { checkOptions, listOf, matching } from '@tutti/core';
import type { IncomingRequest } from '../http/exchange.ts';

export interface RedactionOptions {
  /** Headers that hold secrets, beside those that always do. */
  readonly headers?: readonly string[];
  /** Parameters of queries that hold secrets, beside those whose name says so. */
  readonly parameters?: readonly string[];
}

/** What stands in the place of a secret. */
export const redacted = '[redacted]';

const secretHeaders = ['authorization', 'proxy-authorization', 'cookie', 'set-cookie'];
/** Headers and parameters whose names say what they hold: `x-api-key`, `access_token`, `X-Amz-Signature`. */
const sayingSo = /token|secret|passw|pwd|credential|signature|session|auth|(?:^|[-_.])(?:api)?(?:key|sig|sid|code|jwt|otp|pin)$|^apikey$/i;
/** Headers whose values are URLs. */
const urls: ReadonlySet<string> = new Set(['referer', 'referrer', 'origin', 'location', 'x-original-url', 'x-rewrite-url', 'destination']);

/** Shorter values are no secrets, and to strike them out would leave nothing to read. */
const shortestSecret = 4;

/** Knows what must not be seen by whoever reads logs, and strikes it out. */
export class Redaction {
  readonly #headers: ReadonlySet<string>;
  readonly #parameters: ReadonlySet<string>;

  /** @throws INVALID_OPTIONS naming the path. */
  constructor(options: RedactionOptions | undefined) {
    const name = matching('a name', /^[!-~]+$/);
    const { headers, parameters } = checkOptions(
      'gateway.redact',
      options,
      { optional: { headers: listOf(name), parameters: listOf(name) } },
      { headers: [], parameters: [] },
    );
    this.#headers = new Set([...secretHeaders, ...headers.map((header) => header.toLowerCase())]);
    this.#parameters = new Set(parameters.map((parameter) => parameter.toLowerCase()));
  }

  /** @param name In lower case. */
  isSecretHeader(name: string): boolean {
    return this.#headers.has(name) || sayingSo.test(name);
  }

  header(name: string, value: string): string {
    if (this.isSecretHeader(name)) return redacted;
    return urls.has(name) ? this.url(value) : value;
  }

  /** A URL or a target without the secrets in its query, and without what stands before the host. */
  url(url: string): string {
    const [, before = '', query, fragment] = /^([^?#]*)(?:\?([^#]*))?(#.*)?$/s.exec(url) ?? [];
    const path = before.replace(/^([a-z][a-z\d+.-]*:\/\/)[^/@]*@/i, `$1${redacted}@`);
    const rest = fragment === undefined ? '' : `#${redacted}`;
    return `${path}${query === undefined ? '' : `?${this.#query(query)}`}${rest}`;
  }

  /** Takes every secret that a request brought out of a text, wherever the text has it from. */
  scrubber({ headers, target }: IncomingRequest): (text: string) => string {
    const secrets = new Set<string>();
    const add = (value: string): void => {
      for (const each of [value, decoded(value)]) if (each.length >= shortestSecret) secrets.add(each);
    };
    for (const [index, name] of headers.names.entries()) {
      if (this.isSecretHeader(name)) for (const value of spellings(name, headers.raw[2 * index + 1] as string)) add(value);
    }
    for (const [name, value] of parametersOf(target.split('?').slice(1).join('?'))) if (this.#isSecretParameter(name)) add(value);
    const longestFirst = [...secrets].sort((a, b) => b.length - a.length);
    return (text) => longestFirst.reduce((left, secret) => left.replaceAll(secret, redacted), text);
  }

  #query(query: string): string {
    return query.replace(/([^&;=]*)=([^&;]*)/g, (pair, name: string) => (this.#isSecretParameter(name) ? `${name}=${redacted}` : pair));
  }

  #isSecretParameter(name: string): boolean {
    const plain = decoded(name).toLowerCase();
    return this.#parameters.has(plain) || sayingSo.test(plain);
  }
}

function parametersOf(query: string): [name: string, value: string][] {
  return query.split(/[&;]/).map((pair) => {
    const at = pair.indexOf('=');
    return at === -1 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
  });
}

/** A value as a whole, and the parts of it that are secret by themselves: what follows a scheme, what a cookie holds. */
function spellings(name: string, value: string): string[] {
  if (name === 'cookie') return [value, ...parametersOf(value).map(([, part]) => part.trim())];
  const [, scheme = '', credentials] = /^(\S+) +(.+)$/.exec(value) ?? [];
  if (credentials === undefined) return [value];
  const basic = scheme.toLowerCase() === 'basic' ? Buffer.from(credentials, 'base64').toString() : undefined;
  return [value, credentials, ...(basic === undefined ? [] : [basic, basic.slice(basic.indexOf(':') + 1)])];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text; // it was not encoded
  }
}
