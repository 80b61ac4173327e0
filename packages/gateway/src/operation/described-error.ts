import { TuttiError } from '@tutti/core';

/** What is written down of an error: everything but its stack, in plain data. */
export interface DescribedError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly cause?: DescribedError;
}

/** Causes that are followed. */
const maxDepth = 5;

/** @param scrub Takes secrets out of a text. What an error says may come from anywhere: a library, an authenticator of the application. */
export function describedError(error: unknown, scrub: (text: string) => string, depth = 0): DescribedError {
  if (!(error instanceof Error) && !TuttiError.is(error)) return { name: typeof error, message: scrub(String(error)) };
  const code = 'code' in error && typeof error.code === 'string' ? scrub(error.code) : undefined;
  return {
    name: scrub(error.name),
    message: scrub(error.message),
    ...(code !== undefined && { code }),
    ...(error.cause !== undefined && depth < maxDepth && { cause: describedError(error.cause, scrub, depth + 1) }),
  };
}
