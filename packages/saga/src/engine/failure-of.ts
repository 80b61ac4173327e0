import { messageOf, TuttiError } from '@tutti/core';
import type { Failure } from '../store/journal-entry.ts';

const longestMessage = 2_000;
const longestDetails = 4_000;

/** What is kept of an error: enough to decide on and to show, never a whole document. */
export function failureOf(error: unknown): Failure {
  const message = messageOf(error).slice(0, longestMessage);
  if (!TuttiError.is(error)) return { code: 'ERROR', message };
  const details = detailsOf(error);
  return { code: String(error.code), message, ...(details && { details: JSON.parse(details) as unknown }) };
}

function detailsOf(error: TuttiError): string | undefined {
  try {
    const details = JSON.stringify(error.details) as string | undefined;
    return details === undefined || details.length > longestDetails ? undefined : details;
  } catch {
    return undefined; // a table of somebody's own may have details that are no JSON
  }
}
