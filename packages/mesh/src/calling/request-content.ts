import { type Call, coreError, isIdempotentMethod, type ServiceRequest } from '@tutti/core';

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

/** Whether it may be sent a second time: by its method, or by a key by which the service knows the second one. */
export function isRepeatable({ method }: RequestContent, call: Call): boolean {
  return isIdempotentMethod(method) || call.idempotencyKey !== undefined;
}
