import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { defaultRuntime, memoryKeyValue, type Runtime, silentLogger } from '@tutti/core';
import { tcpFaultProxy } from '@tutti/core/testing';
import { connect } from 'amqplib';
import type { RabbitServer } from '../../../tools/services/rabbitmq.ts';
import { type AmqpTransportOptions, amqpTransport } from '../src/adapters/amqp.ts';
import type { EventTransportSubject } from '../src/testing/event-transport-subject.ts';
import type { EventTransport } from '../src/transport/event-transport.ts';

export const quietRuntime: Runtime = { ...defaultRuntime, logger: silentLogger };

/** A name that no other test uses: what one leaves at the broker is nothing to another. */
export const freshName = (): string => `t${randomUUID().slice(0, 8)}`;

/** One message as an outsider publishes it. */
export async function publishRaw(url: string, exchange: string, key: string, content: Buffer): Promise<void> {
  const connection = await connect(url);
  const channel = await connection.createConfirmChannel();
  channel.publish(exchange, key, content);
  await channel.waitForConfirms();
  await connection.close();
}

/** Members on one broker, over a line that can be cut. */
export async function rabbitSubject(
  rabbit: RabbitServer,
  { leaseMs, options = {} }: { readonly leaseMs: number; readonly options?: Partial<AmqpTransportOptions> },
): Promise<EventTransportSubject> {
  const name = freshName();
  const proxy = await tcpFaultProxy({ target: { port: rabbit.port } });
  const deduplication = memoryKeyValue();
  const members: EventTransport[] = [];
  return {
    runtime: quietRuntime,
    leaseMs,
    pass: (ms) => pause(ms),
    member() {
      const url = `amqp://guest:guest@127.0.0.1:${proxy.port}`;
      const member = amqpTransport({ url, name, deduplication, ...options });
      members.push(member);
      return member;
    },
    inject: (type, text) => publishRaw(rabbit.url, name, `normal.0.${type}`, Buffer.from(text)),
    async interrupt(ms) {
      await proxy.change({ connect: 'refuse' });
      proxy.end('cut');
      await pause(ms);
      await proxy.heal();
    },
    async restart() {
      // an acknowledgement has no answer: those of just now are given a moment to arrive, as one that is lost may come again
      await pause(300);
      await rabbit.kill();
      await Promise.all(members.map((member) => member.close()));
      await rabbit.restart();
    },
    async dispose() {
      await Promise.all(members.map((member) => member.close()));
      await proxy.close();
    },
  };
}
