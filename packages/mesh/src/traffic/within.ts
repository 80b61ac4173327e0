import { Call, compose, type Handler, type Runtime, timeout } from '@tutti/core';

/** @throws TIMEOUT when the work takes longer; the clients of stores may wait for ever. */
export function within<T>(runtime: Runtime, operation: string, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  const handler: Handler<undefined, T> = () => work();
  return compose(handler, [timeout({ operation, timeout: `${Math.ceil(timeoutMs)}ms` })])(undefined, Call.root({ runtime }));
}
