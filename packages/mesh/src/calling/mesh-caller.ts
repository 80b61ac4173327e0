import type { ServiceCaller, ServiceResponse } from '@tutti/core';
import type { CompiledPolicy } from '../policy/compile-policy.ts';
import type { RunningServices } from '../service/running-services.ts';
import type { ServiceView } from '../service/service-view.ts';
import type { EndpointWork } from './attempt.ts';
import { faultFor, inject } from './faults.ts';
import { isRepeatable, type RequestContent, requestContent } from './request-content.ts';
import { sendRequest } from './send-request.ts';
import { type CallContext, type ServiceCalls, serviceCalls } from './service-calls.ts';
import { serviceResponse } from './service-response.ts';
import { answerOf, unwelcome } from './unwelcome-answer.ts';

export interface CallerOptions extends CallContext {
  readonly services: RunningServices;
  readonly maxResponseBytes: number;
}

interface HttpCalls extends ServiceCalls<RequestContent, ServiceResponse> {
  readonly policy: CompiledPolicy;
}

/** Calls services over HTTP: each try at another instance, answers that are worth it asked for again. */
export function meshCaller(options: CallerOptions): ServiceCaller {
  const made = new WeakMap<ServiceView, HttpCalls>();
  const callsOf = (view: ServiceView): HttpCalls => {
    const known = made.get(view);
    if (known?.policy === view.policy) return known;
    const calls = { ...serviceCalls(view, requests(view, options), options), policy: view.policy };
    made.set(view, calls);
    return calls;
  };
  return async (request, call) => {
    const content = requestContent(request);
    const view = options.services.follow(request.serviceName);
    const { policy, repeatable, once } = callsOf(view);
    if (policy.faults.length > 0) {
      const fault = faultFor(policy.faults, content.headers, call.runtime.random);
      if (fault) options.metrics.faulted(view.serviceName);
      const answer = fault && (await inject(fault, call));
      if (answer) return answer;
    }
    try {
      return await (isRepeatable(content, call) ? repeatable : once)(content, call);
    } catch (error) {
      const answer = answerOf(error, call);
      if (answer) return answer;
      throw error;
    }
  };
}

function requests(view: ServiceView, options: CallerOptions): EndpointWork<RequestContent, ServiceResponse> {
  return { send: sender(view, options), headersOf: ({ headers }) => headers, endsLease: true };
}

function sender(view: ServiceView, { maxResponseBytes }: CallerOptions): EndpointWork<RequestContent, ServiceResponse>['send'] {
  const { blame } = view;
  return async (content, call, lease) => {
    const response = await sendRequest({ lease, content, call, maxResponseBytes, blame });
    const { session, endpoint } = lease;
    if (view.policy.retryStatuses.has(response.status) && isRepeatable(content, call)) {
      const error = unwelcome(response, endpoint);
      if (call.isExhausted(response)) call.noteExhausted(error);
      throw error;
    }
    if (session === undefined) return response;
    const [name, value] = session;
    const before = response.headers[name];
    const both = before === undefined || name !== 'set-cookie' ? value : [before, value].flat();
    return serviceResponse(response.status, { ...response.headers, [name]: both }, response.body);
  };
}
