import {
  type Call,
  compose,
  type EndpointLease,
  type Handler,
  type Layer,
  retry,
  type ServiceCaller,
  type ServiceResponse,
  TuttiError,
  timeout,
} from '@tutti/core';
import type { CheckedMeshOptions } from './mesh-options.ts';
import { type RequestContent, requestContent } from './request-content.ts';
import { sendRequest } from './send-request.ts';

/** Lends an instance, one that the call does not avoid if there is any, as soon as the registry has answered. */
export type LeaseWhenKnown = (serviceName: string, call: Call) => Promise<EndpointLease>;

/** One call, checked. */
interface Errand {
  readonly serviceName: string;
  readonly content: RequestContent;
}

/** A caller over leases: one time limit around all tries, each of them at another instance. */
export function meshCaller(
  leaseWhenKnown: LeaseWhenKnown,
  options: Pick<CheckedMeshOptions, 'timeout' | 'retry' | 'maxResponseBytes'>,
): ServiceCaller {
  const { maxResponseBytes } = options;
  const send: Handler<Errand, ServiceResponse> = async ({ serviceName, content }, call) => {
    const lease = await leaseWhenKnown(serviceName, call);
    call.reached(lease.endpoint.instanceId);
    return sendRequest({ lease, content, call, maxResponseBytes });
  };
  const layers: Layer<Errand, ServiceResponse>[] = [
    timeout({ operation: 'mesh.call', timeout: options.timeout }),
    retry({ ...options.retry, retryIf: maySendAgain }),
  ];
  const guarded = compose(send, layers);
  return async (request, call) => guarded({ serviceName: request.serviceName, content: requestContent(request) }, call);
}

/** The codes under which a second sending does no harm, whoever is to blame. */
function maySendAgain(error: unknown): boolean {
  return TuttiError.is(error, 'MESH_CONNECT_FAILED') || TuttiError.is(error, 'MESH_RESPONSE_LOST');
}
