import type { IncomingHttpHeaders } from 'node:http';
import { shown } from '@tutti/core';

/** The header in which an answer names its service. */
export const identityHeader = 'x-service-name';

/** What is wrong with who answers, or undefined. The header decides where there is one; else the member `service` of a JSON object does. */
export function identityProblem(headers: IncomingHttpHeaders, body: Buffer, identity: string): string | undefined {
  const named = headers[identityHeader] ?? serviceIn(body);
  if (named === identity) return undefined;
  return named === undefined ? `does not say that it is ${identity}` : `is ${shown(named)}, not ${identity}`;
}

function serviceIn(body: Buffer): unknown {
  try {
    const answer: unknown = JSON.parse(body.toString());
    return typeof answer === 'object' && answer !== null && 'service' in answer ? answer.service : undefined;
  } catch {
    return undefined; // a page of another kind, which names nobody
  }
}
