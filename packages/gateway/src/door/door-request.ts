import type { Framing, ReceivedRequest } from '@tutti/core/http';
import type { IncomingRequest } from '../http/exchange.ts';
import { originForm } from '../http/origin-form.ts';
import { RequestBody } from '../http/request-body.ts';
import type { RequestHeaders } from '../http/request-headers.ts';
import type { Upgrade } from '../http/upgrade.ts';

export interface DoorRequestParts {
  readonly received: ReceivedRequest;
  readonly headers: RequestHeaders;
  readonly body: RequestBody | undefined;
  readonly clientAddress: string | undefined;
  readonly upgrade: Upgrade | undefined;
}

/** A request of which nothing but the head has been read. */
export function doorRequest({ received, headers: own, body, clientAddress, upgrade }: DoorRequestParts): IncomingRequest {
  const { method, target: asked, minor } = received;
  const { target, headers } = originForm(asked, own);
  const request = { method, target, httpVersion: minor === 1 ? '1.1' : '1.0', headers, body, clientAddress };
  return upgrade ? { ...request, upgrade } : request;
}

export interface DoorBodyOptions {
  readonly maxBytes: number;
  readonly onFirstRead: (() => void) | undefined;
}

/** undefined for a length of 0, too. */
export function doorBody(
  framing: Framing,
  stream: ConstructorParameters<typeof RequestBody>[0],
  { maxBytes, onFirstRead }: DoorBodyOptions,
): RequestBody {
  const length = framing.kind === 'sized' ? framing.length : undefined;
  return new RequestBody(stream, { length, maxBytes, rest: 'drain', ...(onFirstRead && { onFirstRead }) });
}

/** Whether the client waits to be told that it may send its body. */
export function waitsToGoOn({ minor }: ReceivedRequest, headers: RequestHeaders): boolean {
  return minor === 1 && headers.byName['expect'] !== undefined && headers.combined('expect')?.toLowerCase() === '100-continue';
}
