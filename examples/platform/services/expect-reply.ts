import type { ServiceResponse } from '@tutti/core';
import { platformError } from '../errors.ts';

/**
 * Passes a success on. A refusal (4xx) will be repeated whatever one does and is final; anything else may pass.
 * @throws SERVICE_REFUSED with the code of the service's own problem, or SERVICE_FAILED
 */
export function expectReply(operation: string, reply: ServiceResponse): ServiceResponse {
  const { status } = reply;
  if (status < 400) return reply;
  const { code = 'UNKNOWN', detail = reply.text().slice(0, 200) } = problemOf(reply);
  const final = status < 500 && status !== 408 && status !== 429;
  if (final) throw platformError('SERVICE_REFUSED', { operation, code, problem: detail });
  throw platformError('SERVICE_FAILED', { operation, status, problem: detail });
}

function problemOf(reply: ServiceResponse): { code?: string; detail?: string } {
  if (!String(reply.headers['content-type']).startsWith('application/problem+json')) return {};
  return reply.json() as { code?: string; detail?: string };
}
