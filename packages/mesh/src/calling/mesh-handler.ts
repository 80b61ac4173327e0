import type { Handler, RequestHeaders } from '@tutti/core';
import type { CompiledPolicy } from '../policy/compile-policy.ts';
import type { RunningServices } from '../service/running-services.ts';
import type { Send } from './attempt.ts';
import { type CallContext, type ServiceCalls, serviceCalls } from './service-calls.ts';

/** What of a piece of work the mesh may look at. */
export interface HandlerOptions<I> {
  /** Whether it may be done twice; else only work with an idempotency key is, and what had not been begun. @defaultValue false */
  readonly repeatable?: boolean;
  /** Headers, in lower case, for plans, hashes and sessions. @defaultValue none */
  readonly headersOf?: (input: I) => RequestHeaders | undefined;
}

/** Work of any protocol at the endpoints of one service. Makes its layers anew when the policy changes. */
export function meshHandler<I, O>(
  serviceName: string,
  send: Send<I, O>,
  { repeatable = false, headersOf = (): undefined => undefined }: HandlerOptions<I>,
  services: RunningServices,
  context: CallContext,
): Handler<I, O> {
  let policy: CompiledPolicy | undefined;
  let calls: ServiceCalls<I, O>;
  return (input, call) => {
    const view = services.follow(serviceName);
    if (policy !== view.policy) {
      policy = view.policy;
      calls = serviceCalls(view, { send, headersOf, endsLease: false }, context);
    }
    return repeatable || call.idempotencyKey !== undefined ? calls.repeatable(input, call) : calls.once(input, call);
  };
}
