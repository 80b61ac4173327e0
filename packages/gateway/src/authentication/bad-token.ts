import type { TuttiError } from '@tutti/core';
import { gatewayError } from '../errors.ts';

export const bearerChallenge = 'Bearer realm="api"';

/** The refusal of a token, in the form of RFC 6750, section 3.1. @param problem Follows "the token". */
export function badToken(problem: string, cause?: unknown): TuttiError<'GATEWAY_UNAUTHENTICATED'> {
  const challenges = [`${bearerChallenge}, error="invalid_token", error_description="the token ${problem}"`];
  return gatewayError('GATEWAY_UNAUTHENTICATED', { problem: `the token ${problem}`, challenges }, { cause });
}
