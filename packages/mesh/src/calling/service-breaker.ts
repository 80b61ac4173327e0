import { type AnyLayer, type BreakerMachine, coreError, refused } from '@tutti/core';
import type { Blame } from '../endpoint/blame.ts';

/** The breaker around a service: counts what counts against its endpoints, which the error of a call alone does not say. */
export function serviceBreaker(machine: BreakerMachine, operation: string, blame: Blame): AnyLayer {
  return (next) => async (input, call) => {
    const { clock } = call.runtime;
    const ticket = machine.admit(clock);
    if (ticket === refused) throw coreError('BREAKER_OPEN', { operation, retryAfterMs: machine.waitMs(clock) });
    try {
      const result = await next(input, call);
      machine.succeeded(ticket, clock);
      return result;
    } catch (error) {
      if (blame.isOfService(error, call)) machine.failed(ticket, clock);
      else machine.ignored(ticket);
      throw error;
    }
  };
}
