/** A member of its own process at transport level: hears, works for a moment, settles, and tells each step as a line. argv[2] is its task as JSON. */
import { setTimeout as pause } from 'node:timers/promises';
import { type CloudEvent, defaultRuntime, silentLogger } from '@tutti/core';
import { amqpTransport } from '../../src/adapters/amqp.ts';

export interface RabbitTask {
  readonly url: string;
  readonly name: string;
  readonly ordered: boolean;
  readonly leaseMs: number;
  readonly workMs: number;
  readonly heartbeat: '1s' | '5s';
}

const { url, name, ordered, leaseMs, workMs, heartbeat } = JSON.parse(String(process.argv[2])) as RabbitTask;
const tell = (...words: readonly (string | number | boolean)[]): void => void process.stdout.write(`${words.join(' ')}\n`);
const transport = amqpTransport({ url, name, heartbeat });
await transport.connect({ ...defaultRuntime, logger: silentLogger });
const feed = await transport.open({ group: 'g', pattern: '**', from: 'now', leaseMs, ordered, inbox: undefined });
tell('ready');
for (;;) {
  const taken = await feed.receive(1, 1_000, new AbortController().signal).catch(() => []);
  for (const { receipt, event, attempt, takenOver } of taken) {
    const { id } = event as CloudEvent;
    tell('taken', id, attempt, takenOver);
    await pause(workMs);
    const [accepted] = await feed.settle([{ kind: 'ack', receipt }]).catch(() => [false]);
    tell('settled', id, accepted === true);
  }
}
