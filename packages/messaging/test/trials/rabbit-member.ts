import { amqpTransport } from '../../src/adapters/amqp.ts';
import type { MemberParts } from '../../src/faults/index.ts';

export default function make({ url, name = 'trial' }: { readonly url: string; readonly name?: string }): MemberParts {
  return { transport: amqpTransport({ url, name, heartbeat: '1s' }) };
}
