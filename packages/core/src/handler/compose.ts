import type { Handler, Layer } from './handler.ts';

/**
 * Surrounds a handler with layers; the first is outermost. The only composition in the kit.
 *
 * @example
 * ```ts
 * import { Call, compose, retry, timeout } from '@tutti/core';
 *
 * const greet = async (name: string): Promise<string> => `hello ${name}`;
 * const guarded = compose(greet, [timeout({ operation: 'greet', timeout: '2s' }), retry({ maxAttempts: 3 })]);
 * console.log(await guarded('world', Call.root()));
 * ```
 */
export function compose<I, O>(handler: Handler<I, O>, layers: readonly Layer<I, O>[]): Handler<I, O> {
  let composed = handler;
  for (let index = layers.length - 1; index >= 0; index--) composed = (layers[index] as Layer<I, O>)(composed);
  return composed;
}
