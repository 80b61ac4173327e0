import { validateHeaderName, validateHeaderValue } from 'node:http';
import { checkOptions, coreError, objectWith, wholeNumber } from '@tutti/core';
import type { Exchange } from '../http/exchange.ts';

export interface ReplyOptions {
  /** From 200 to 599. */
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as UTF-8. Without a body for 204 and 304. */
  readonly body?: string | Uint8Array;
}

/** An answer that a middleware gives in place of the service. Made by `reply`. */
export class Reply {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Uint8Array;

  /** @throws INVALID_ARGUMENT, INVALID_OPTIONS */
  constructor(options: ReplyOptions) {
    const {
      status,
      headers = {},
      body = '',
    } = checkOptions('reply', options, {
      required: { status: wholeNumber({ min: 200, max: 599 }) },
      optional: {
        headers: objectWith('an object'),
        body: (value) => (typeof value === 'string' || value instanceof Uint8Array ? undefined : 'must be text or bytes'),
      },
    });
    this.status = status;
    this.headers = flat(headers);
    this.body = typeof body === 'string' ? Buffer.from(body) : body;
  }

  /** @internal */
  send({ request, response }: Exchange): void {
    const hasBody = this.status !== 204 && this.status !== 304;
    response.begin(this.status, [...this.headers, ...(hasBody ? ['content-length', String(this.body.length)] : [])]);
    if (hasBody && request.method !== 'HEAD' && this.body.length > 0) response.end(this.body);
    else response.end();
  }
}

/**
 * @example
 * ```ts
 * import { middlewareStack, reply } from '@tutti/gateway';
 *
 * export const stack = middlewareStack().use('maintenance', async (request, next) =>
 *   request.path.startsWith('/orders') ? reply({ status: 503, headers: { 'retry-after': '60' } }) : next(),
 * );
 * ```
 * @throws INVALID_ARGUMENT, INVALID_OPTIONS
 */
export function reply(options: ReplyOptions): Reply {
  return new Reply(options);
}

function flat(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch (cause) {
      throw coreError('INVALID_ARGUMENT', { path: `reply.headers['${name}']`, problem: 'is no header' }, { cause });
    }
    return /^(?:content-length|transfer-encoding|connection)$/i.test(name) ? [] : [name, value];
  });
}
