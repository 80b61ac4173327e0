import type { StandardSchemaV1 } from '@standard-schema/spec';
import { coreError } from '../errors/core-errors.ts';

/**
 * Validates a value with any Standard Schema and returns what the schema makes of it.
 * @param path Begins the path in the error, for example the event type.
 * @throws INVALID_DATA with the path of the first issue.
 */
export async function checkData<D>(path: string, schema: StandardSchemaV1<unknown, D>, value: unknown): Promise<D> {
  return checkDataNow(path, schema, value);
}

/** As `checkData`, but without a promise where the schema answers at once: then it throws at once too. */
export function checkDataNow<D>(path: string, schema: StandardSchemaV1<unknown, D>, value: unknown): D | Promise<D> {
  const outcome = schema['~standard'].validate(value);
  return outcome instanceof Promise ? outcome.then((result) => checked(path, result)) : checked(path, outcome);
}

function checked<D>(path: string, result: StandardSchemaV1.Result<D>): D {
  if (!result.issues) return result.value;
  const [issue] = result.issues;
  const steps = (issue?.path ?? []).map((step) => String(typeof step === 'object' ? step.key : step));
  throw coreError('INVALID_DATA', { path: [path, ...steps].join('.'), problem: issue?.message ?? 'is not valid' });
}
