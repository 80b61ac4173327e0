import { redisTransport } from '../../src/adapters/redis.ts';
import type { MemberParts } from '../../src/faults/index.ts';

export default function make({ url, name = 'trial' }: { readonly url: string; readonly name?: string }): MemberParts {
  return { transport: redisTransport({ url, name }) };
}
