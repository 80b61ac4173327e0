import { coreError } from '../errors/core-errors.ts';
import { inspectError } from './inspect-errors.ts';
import type { InspectionRequest } from './inspection-message.ts';

/**
 * The body of a request as a JSON object. The content type is insisted on, because a page of another site can send forms and
 * plain text without asking, but no JSON.
 * @throws INSPECT_NOT_JSON
 * @throws INSPECT_TOO_LARGE
 * @throws INVALID_ARGUMENT
 */
export async function readJson({ headers, body }: InspectionRequest, maxBytes: number): Promise<Readonly<Record<string, unknown>>> {
  if (!/^application\/json\s*(;\s*charset=utf-8\s*)?$/i.test(headers['content-type'] ?? '')) throw inspectError('INSPECT_NOT_JSON', {});
  const tooLarge = (): Error => inspectError('INSPECT_TOO_LARGE', { maxBytes });
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.byteLength;
    if (length > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  } catch {
    // told below, without the parser's sentence, which repeats what it was given
  }
  throw coreError('INVALID_ARGUMENT', { path: 'body', problem: 'must be a JSON object' });
}
