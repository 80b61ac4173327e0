import { redisStore } from '@tutti/saga/redis';
import type { MemberParts } from '../../src/faults/index.ts';

export default function make({ url, name }: { readonly url: string; readonly name?: string }): MemberParts {
  return { store: redisStore({ url, ...(name !== undefined && { name }) }) };
}
