import { amqpTransport } from '../../src/adapters/amqp.ts';
import type { MemberParts } from '../../src/faults/index.ts';

export default function make({ url }: { readonly url: string }): MemberParts {
  return { transport: amqpTransport({ url, name: 'trial', heartbeat: '1s' }) };
}
