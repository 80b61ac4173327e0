import { Secret } from '../ports/secret.ts';
import { inspectError } from './inspect-errors.ts';
import type { InspectionRequest } from './inspection-message.ts';

/** What somebody may do, and who it is. */
export interface InspectionGrant {
  /** Written into the audit records. Undefined: whoever acts says who it is. */
  readonly actor?: string;
  /** May act, not only look. */
  readonly act: boolean;
}

/** Says who asks and what they may; undefined for nobody known. What it throws is a failure of the server. */
export type Authorize = (request: Pick<InspectionRequest, 'method' | 'path' | 'headers'>) => Promise<InspectionGrant | undefined>;

/** Everybody who knows the one token may act, and says who they are. Compared in constant time. */
export function byToken(token: string | Secret): Authorize {
  const expected = typeof token === 'string' ? Secret.of(token) : token;
  return async ({ headers }) => {
    const [, given] = /^Bearer +([^\s]+)$/i.exec(headers['authorization'] ?? '') ?? [];
    return given !== undefined && Secret.of(given).equals(expected) ? { act: true } : undefined;
  };
}

/** Without a token everybody who reaches the server may look, and nobody may act. */
export const lookOnly: Authorize = async () => ({ act: false });

/** @throws INSPECT_UNAUTHENTICATED */
export async function granted(authorize: Authorize, request: InspectionRequest): Promise<InspectionGrant> {
  const grant = await authorize(request);
  if (grant) return grant;
  const problem = request.headers['authorization'] === undefined ? 'a bearer token is needed' : 'the token is not the right one';
  throw inspectError('INSPECT_UNAUTHENTICATED', { problem });
}
