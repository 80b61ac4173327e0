import type { SqlValue } from '@tutti/core';

/** A body as text, whatever somebody outside the kit may have put there. */
export function storedText(body: SqlValue | undefined): string {
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body);
}
