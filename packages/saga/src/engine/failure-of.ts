import { TuttiError } from '@tutti/core';
import type { Failure } from '../store/journal-entry.ts';

const longestMessage = 2_000;
const longestDetails = 4_000;

/** What is kept of an error: enough to decide on and to show, never a whole document. */
export function failureOf(error: unknown): Failure {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, longestMessage);
  if (!TuttiError.is(error)) return { code: 'ERROR', message };
  const details = JSON.stringify(error.details) as string | undefined;
  return { code: error.code, message, ...(details && details.length <= longestDetails && { details: JSON.parse(details) as unknown }) };
}
