import type { Call, ServiceResponse, TuttiError } from '@tutti/core';
import { meshError } from '../errors.ts';

const answers = new WeakMap<Error, ServiceResponse>();

/** An answer that is worth another try, as the failure that a retry understands. Its caller gets the answer, if it is the last one. */
export function unwelcome(response: ServiceResponse, where: { readonly serviceName: string; readonly instanceId: string }): TuttiError {
  const error = meshError('MESH_UNWELCOME_ANSWER', { ...where, status: response.status });
  answers.set(error, response);
  return error;
}

/** Turns the last failure back into the answer that it was. */
export function answerOf(error: unknown, call: Call): ServiceResponse | undefined {
  const response = error instanceof Error ? answers.get(error) : undefined;
  if (response && call.isExhausted(error)) call.noteExhausted(response);
  return response;
}
