import {
  type AnyLayer,
  type Call,
  compose,
  type Duration,
  type Handler,
  hedge,
  isRetryable,
  type Layer,
  type ProtectOptions,
  protect,
  protectAttempts,
  type RateLimiter,
  TuttiError,
} from '@tutti/core';
import { meshError } from '../errors.ts';
import type { MeshMetrics } from '../mesh-metrics.ts';
import type { CompiledPolicy } from '../policy/compile-policy.ts';
import type { ServiceView } from '../service/service-view.ts';
import { attempt, type EndpointWork, LeaseGuard } from './attempt.ts';
import { serviceBreaker } from './service-breaker.ts';

/** The ways into a service: what may be done twice, and what may not. */
export interface ServiceCalls<I, O> {
  readonly repeatable: Handler<I, O>;
  readonly once: Handler<I, O>;
}

export interface CallContext {
  readonly rateLimiter: RateLimiter | undefined;
  readonly metrics: MeshMetrics;
}

/**
 * All that surrounds a try, made once for each policy: time limit and retries with their budget around everything, then the breaker
 * of the service, then hedging, then the try itself, which waits for its place and picks.
 */
export function serviceCalls<I, O>(view: ServiceView, work: EndpointWork<I, O>, context: CallContext): ServiceCalls<I, O> {
  const { policy, serviceName, operation } = view;
  const { send } = work;
  const shared: AnyLayer[] = policy.serviceBreaker ? [serviceBreaker(policy.serviceBreaker.machine, operation, view.blame)] : [];
  const outer: AnyLayer[] = policy.rateLimit ? [rateLimited(serviceName, policy.rateLimit, context.rateLimiter)] : [];
  const guard = new LeaseGuard(view, work);
  const stack = (repeatable: boolean): Handler<I, O> => {
    const protection = protectionOf(operation, policy, repeatable, () => context.metrics.retried(serviceName));
    const between = repeatable ? [...shared, ...hedged(operation, policy)] : shared;
    const layers: readonly Layer<I, O>[] = between;
    const tries =
      between.length === 0 ? protectAttempts(protection, guard, send) : compose(attempt(guard, send), [protect(protection), ...layers]);
    return compose(tries, outer as readonly Layer<I, O>[]);
  };
  return { repeatable: stack(true), once: stack(false) };
}

function protectionOf(operation: string, policy: CompiledPolicy, repeatable: boolean, onRetry: () => void): ProtectOptions {
  const { maxAttempts, backoff, budget, timeoutMs, attemptTimeoutMs } = policy;
  return {
    operation,
    timeout: ms(timeoutMs),
    ...(attemptTimeoutMs !== undefined && { attemptTimeout: ms(attemptTimeoutMs) }),
    retry: { maxAttempts, backoff, budget, repeatable, retryIf: worthAnother, onRetry },
  };
}

function hedged(operation: string, { hedge: settings }: CompiledPolicy): AnyLayer[] {
  return settings ? [hedge({ operation, after: ms(settings.afterMs), budget: settings.budget })] : [];
}

/** What this process itself refused will not be better in a moment, and a breaker is there so that nobody waits for it. */
const refusals: ReadonlySet<string> = new Set(['MESH_NO_ENDPOINT', 'OVERLOADED', 'BREAKER_OPEN']);

function worthAnother(error: unknown): boolean {
  return isRetryable(error) && !(TuttiError.is(error) && refusals.has(error.code));
}

/** Tokens of a caller by what it is known as; those without a name share. Spelled so that nobody looks like somebody else. */
function rateLimited(
  serviceName: string,
  limit: { readonly tokens: number; readonly refillRate: number },
  limiter: RateLimiter | undefined,
): AnyLayer {
  return (next) => async (input, call) => {
    const verdict = await limiter?.take(`mesh/${serviceName}/${callerOf(call)}`, limit);
    if (verdict && !verdict.allowed) {
      throw meshError('MESH_RATE_LIMITED', { serviceName, retryAfterMs: verdict.retryAfterMs });
    }
    return next(input, call);
  };
}

function callerOf({ principal, tenant }: Call): string {
  if (principal === undefined && tenant === undefined) return 'others';
  return JSON.stringify([tenant ?? null, principal ?? null]).slice(0, 900);
}

function ms(milliseconds: number): Duration {
  return `${milliseconds}ms`;
}
