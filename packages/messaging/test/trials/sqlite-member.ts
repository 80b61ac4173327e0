import { sqliteTransport } from '../../src/adapters/sqlite.ts';
import type { MemberParts } from '../../src/faults/index.ts';

export default function make({ path }: { readonly path: string }): MemberParts {
  return { transport: sqliteTransport({ path }) };
}
