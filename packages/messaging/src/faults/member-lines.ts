import { logLines } from '@tutti/core/testing';

/** All lines of a role, each with its words. */
export function* linesOf(folder: string, role: 'producer' | 'consumer'): Iterable<readonly string[]> {
  for (const { words } of logLines(folder, role)) yield words;
}
