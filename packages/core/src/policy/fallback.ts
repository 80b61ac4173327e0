import type { Call } from '../call/call.ts';
import { failureClass } from '../errors/failure.ts';
import type { Layer } from '../handler/handler.ts';
import { checkOptions } from '../options/check-options.ts';
import { callable } from '../options/rules.ts';

export interface FallbackOptions<I, O> {
  /** The answer instead. What it throws is thrown. */
  readonly use: (input: I, call: Call, error: unknown) => O | Promise<O>;
  /** Which failures it answers for. @defaultValue all but class `permanent` and `cancelled` */
  readonly when?: (error: unknown) => boolean;
}

const mayPass = (error: unknown): boolean => {
  const kind = failureClass(error);
  return kind !== 'permanent' && kind !== 'cancelled';
};

/** Answers with something else when the work fails. A call that was cancelled gets no answer. */
export function fallback<I, O>(options: FallbackOptions<I, O>): Layer<I, O> {
  const { use, when = mayPass } = checkOptions('fallback', options, { required: { use: callable }, optional: { when: callable } });
  return (next) => async (input, call) => {
    try {
      return await next(input, call);
    } catch (error) {
      if (call.cancelled || !when(error)) throw error;
      return use(input, call, error);
    }
  };
}
