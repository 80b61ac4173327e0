import type { AsyncLocalStorage } from 'node:async_hooks';
import type { Call } from './call.ts';

/** Made by the first who has something to keep in it, so that nobody else pays for it. */
let storage: AsyncLocalStorage<Call> | undefined;

/**
 * The call on whose behalf the code that asks is running, if somebody above said so with `runWithCall`. For user code deep down
 * that cannot be handed the call; the kit itself hands it on explicitly and never looks here.
 */
export function currentCall(): Call | undefined {
  return storage?.getStore();
}

/** Makes the call current while `work` runs, and for everything that it awaits or starts. */
export function runWithCall<T>(call: Call, work: () => T): T {
  storage ??= new (process.getBuiltinModule('node:async_hooks').AsyncLocalStorage)<Call>();
  return storage.run(call, work);
}
