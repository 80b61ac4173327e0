import { createHash } from 'node:crypto';

/** A script and the name the server knows it by. */
export interface RedisScript {
  readonly text: string;
  readonly sha1: string;
}

/** All keys a script touches are among its KEYS, and hash to one slot: so it runs on a cluster too. */
export function redisScript(text: string): RedisScript {
  return Object.freeze({ text, sha1: createHash('sha1').update(text).digest('hex') });
}
