import { sagaError } from '../errors.ts';

/** A result is a checkpoint, not a place for documents. */
export const maxResultBytes: number = 256 * 1024;

/** The JSON of a step's result; `undefined` is kept as null. @throws SAGA_RESULT_REFUSED, for good */
export function writeResult(step: string, result: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(result ?? null);
  } catch (cause) {
    throw sagaError(
      'SAGA_RESULT_REFUSED',
      { step, problem: `cannot be written as JSON: ${cause instanceof Error ? cause.message : cause}` },
      { cause },
    );
  }
  if (json === undefined)
    throw sagaError('SAGA_RESULT_REFUSED', { step, problem: `is a ${typeof result}, which cannot be written as JSON` });
  const bytes = Buffer.byteLength(json);
  if (bytes > maxResultBytes)
    throw sagaError('SAGA_RESULT_REFUSED', { step, problem: `has ${bytes} bytes; ${maxResultBytes} are the limit` });
  return json;
}
