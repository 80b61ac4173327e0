import { defineErrors, type ErrorFactory, type ErrorSpec } from '@tutti/core';
import type { ExclusionReason } from './endpoint/exclusion.ts';

/** Why an endpoint that is known cannot take a request. */
export interface PassedOver {
  readonly instanceId: string;
  readonly reason: ExclusionReason;
}

/** Every code that the mesh itself throws. */
export interface MeshErrors {
  /** No endpoint may take the request. An empty list: none is known. */
  readonly MESH_NO_ENDPOINT: ErrorSpec<{ serviceName: string; passedOver: readonly PassedOver[] }>;
  /** It is not known which traffic plan holds, because the store was not heard for too long. `ready` says when it is. */
  readonly MESH_PLAN_UNKNOWN: ErrorSpec<{ serviceName: string }>;
  /** The caller has used up what the policy lets it have. */
  readonly MESH_RATE_LIMITED: ErrorSpec<{ serviceName: string; retryAfterMs: number }>;
  /** Nothing was sent, so the request may go anywhere else. */
  readonly MESH_CONNECT_FAILED: ErrorSpec<{ serviceName: string; instanceId: string }>;
  /** The request was sent and no whole answer came, but sending it again does no harm. */
  readonly MESH_RESPONSE_LOST: ErrorSpec<{ serviceName: string; instanceId: string }>;
  /** The request was sent and no whole answer came: it may have been done, and may not be sent again. */
  readonly MESH_OUTCOME_UNKNOWN: ErrorSpec<{ serviceName: string; instanceId: string }>;
  /** The answer was a status that the policy has asked for again. Its caller gets the answer and not this, when no other one came. */
  readonly MESH_UNWELCOME_ANSWER: ErrorSpec<{ serviceName: string; instanceId: string; status: number }>;
  readonly MESH_RESPONSE_TOO_LARGE: ErrorSpec<{ serviceName: string; instanceId: string; maxBytes: number }>;
}

export const meshErrors: MeshErrors = {
  MESH_NO_ENDPOINT: {
    retryable: true,
    failure: 'unsent',
    message: ({ serviceName, passedOver }) =>
      passedOver.length === 0
        ? `no endpoint of ${serviceName} is known`
        : `no endpoint of ${serviceName} can take a request: ${passedOver.map((each) => `${each.instanceId} is ${each.reason}`).join(', ')}`,
  },
  MESH_PLAN_UNKNOWN: {
    retryable: true,
    failure: 'unsent',
    message: (d) => `it is not known which traffic plan holds for ${d.serviceName}; nothing was sent`,
  },
  MESH_RATE_LIMITED: {
    retryable: true,
    failure: 'unsent',
    message: (d) => `too many requests to ${d.serviceName}; again in ${d.retryAfterMs} ms`,
  },
  MESH_CONNECT_FAILED: {
    retryable: true,
    failure: 'unreachable',
    message: (d) => `no connection to ${d.instanceId} of ${d.serviceName}; nothing was sent`,
  },
  MESH_RESPONSE_LOST: { retryable: true, message: (d) => `${d.instanceId} of ${d.serviceName} did not answer to the end` },
  MESH_OUTCOME_UNKNOWN: {
    retryable: false,
    failure: 'transient',
    message: (d) => `${d.instanceId} of ${d.serviceName} did not answer to the end, and may or may not have done what it was asked`,
  },
  MESH_UNWELCOME_ANSWER: { retryable: true, message: (d) => `${d.instanceId} of ${d.serviceName} answered with ${d.status}` },
  MESH_RESPONSE_TOO_LARGE: {
    retryable: false,
    message: (d) => `the answer of ${d.instanceId} of ${d.serviceName} is larger than ${d.maxBytes} bytes`,
  },
};

export const meshError: ErrorFactory<MeshErrors> = defineErrors(meshErrors);
