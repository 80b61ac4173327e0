import { redisTransport } from '../../src/adapters/redis.ts';
import type { MemberParts } from '../../src/faults/index.ts';

export default function make({ url }: { readonly url: string }): MemberParts {
  return { transport: redisTransport({ url, name: 'trial' }) };
}
