import { coreError, type ServiceRequest } from '@tutti/core';

/** A request as it goes out: headers in lower case and the whole body as bytes, so that it can be sent again. */
export interface RequestContent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string | null;
}

/** @throws INVALID_ARGUMENT for a body that JSON cannot hold. */
export function requestContent({ method, path, headers = {}, body }: ServiceRequest): RequestContent {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  if (body === undefined) return { method, path, headers: lower, body: null };
  if (typeof body === 'string' || body instanceof Uint8Array) return { method, path, headers: lower, body };
  return { method, path, headers: { 'content-type': 'application/json', ...lower }, body: toJson(body) };
}

function toJson(body: unknown): string {
  try {
    const json = JSON.stringify(body);
    if (json !== undefined) return json;
  } catch (cause) {
    throw coreError('INVALID_ARGUMENT', { path: 'request.body', problem: 'cannot be written as JSON' }, { cause });
  }
  throw coreError('INVALID_ARGUMENT', { path: 'request.body', problem: `cannot be written as JSON, got a ${typeof body}` });
}

const idempotentMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** RFC 9110, section 9.2.2. */
export function isIdempotent(method: string): boolean {
  return idempotentMethods.has(method);
}
