import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RequestHeaders } from '@tutti/core';
import type { StickyPolicy } from '../policy/service-policy.ts';

/** Verified values that are remembered, because a client sends the same one with each request. */
const remembered = 10_000;

/**
 * Gives out and takes back the names of instances, signed with HMAC-SHA-256, so that a client can come back to an instance but never
 * choose one. The value names an instance and never an address.
 */
export class SessionSigner {
  readonly cookie: string | undefined;
  readonly header: string | undefined;
  readonly #secret: string;
  readonly #verified = new Map<string, string>();

  constructor({ cookie, header, secret }: StickyPolicy) {
    this.cookie = cookie;
    this.header = header?.toLowerCase();
    this.#secret = secret;
  }

  /** The value for an instance: its name and the signature, both base64url. */
  sign(serviceName: string, instanceId: string): string {
    const name = Buffer.from(instanceId).toString('base64url');
    return `${name}.${this.#mac(serviceName, name).toString('base64url')}`;
  }

  /** The instance that a value names; undefined for one that was not given out for this service. */
  verify(serviceName: string, value: string): string | undefined {
    const key = `${serviceName}\n${value}`;
    const known = this.#verified.get(key);
    if (known !== undefined) return known;
    const [name = '', mac, ...more] = value.split('.');
    if (mac === undefined || more.length > 0 || value.length > 1_024) return undefined;
    const given = Buffer.from(mac, 'base64url');
    const right = this.#mac(serviceName, name);
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
    const instanceId = Buffer.from(name, 'base64url').toString();
    if (this.#verified.size >= remembered) this.#verified.clear();
    this.#verified.set(key, instanceId);
    return instanceId;
  }

  /** What the client sent, from request headers in lower case. */
  valueFrom(headers: RequestHeaders): string | undefined {
    if (this.header !== undefined) return single(headers[this.header]);
    const cookies = headers['cookie'];
    if (cookies === undefined) return undefined;
    for (const line of typeof cookies === 'string' ? [cookies] : cookies) {
      for (const pair of line.split(';')) {
        const equals = pair.indexOf('=');
        if (equals > 0 && pair.slice(0, equals).trim() === this.cookie) return pair.slice(equals + 1).trim();
      }
    }
    return undefined;
  }

  #mac(serviceName: string, name: string): Buffer {
    return createHmac('sha256', this.#secret).update(`${serviceName}\n${name}`).digest();
  }
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value[0] : value;
}
