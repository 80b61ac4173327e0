import { isTransportFailure, isUnsendable, type LeaseOutcome, TuttiError } from '@tutti/core';
import { gatewayError } from '../errors.ts';

/** What is known of a request when its way breaks. */
export interface Progress {
  readonly serviceName: string;
  readonly instanceId: string;
  /** Whether the instance may have got a byte of it. */
  readonly sent: boolean;
  /** Whether to send it again does no harm and is possible. */
  readonly repeatable: boolean;
}

/** The typed error of a way that broke, by the side that broke it and by how far the request had come. */
export function typedFailure(cause: Error, { serviceName, instanceId, sent, repeatable }: Progress): TuttiError {
  if (isUnsendable(cause)) return gatewayError('GATEWAY_BAD_REQUEST', { problem: 'the request cannot be passed on as it is' }, { cause });
  if (TuttiError.is(cause) && !isTransportFailure(cause)) return cause;
  if (!sent) return gatewayError('GATEWAY_CONNECT_FAILED', { serviceName, instanceId }, { cause });
  return gatewayError(repeatable ? 'GATEWAY_RESPONSE_LOST' : 'GATEWAY_OUTCOME_UNKNOWN', { serviceName, instanceId }, { cause });
}

const ofTheClient: ReadonlySet<string> = new Set(['GATEWAY_BODY_TOO_LARGE', 'GATEWAY_BAD_REQUEST', 'GATEWAY_REQUEST_TOO_SLOW']);

/** What a failure says of the endpoint: nothing when the client left, its fault unless the request itself was. */
export function failureKind(error: TuttiError): LeaseOutcome['kind'] {
  if (error.code === 'CANCELLED') return 'cancelled';
  return ofTheClient.has(error.code) ? 'rejected' : 'failure';
}

/** What a whole answer says of it. */
export function statusKind(status: number): LeaseOutcome['kind'] {
  return status >= 500 ? 'failure' : status >= 400 ? 'rejected' : 'success';
}
