import { createHash } from 'node:crypto';

/** Names of files are at most 255 bytes long on the systems that we know. */
const maxName = 200;

/**
 * The name of the folder of a key, its own for each: on systems that take `a` for `A`, too, and for keys that no file could be called by. Of a long one
 * its beginning can be read.
 */
export function keyFolder(key: string): string {
  const name = key.replace(/[^a-z0-9_-]/gu, (character) =>
    Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  );
  return name.length <= maxName ? name : `${name.slice(0, 100)}~${createHash('sha256').update(key).digest('hex')}`;
}
