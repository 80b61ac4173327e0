import { redisStore } from '@tutti/saga/redis';
import type { MemberParts } from '../../src/faults/index.ts';

export default function make({ url }: { readonly url: string }): MemberParts {
  return { store: redisStore({ url }) };
}
