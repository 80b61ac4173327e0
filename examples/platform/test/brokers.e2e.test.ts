import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { startRabbit } from '../../../tools/services/rabbitmq.ts';
import { startRedis } from '../../../tools/services/redis.ts';
import { RunningPlatform } from './running-platform.ts';

const name = 'web-hosting-agreement-2003.pdf';
const document = readFileSync(join(import.meta.dirname, '..', 'samples', name));

/** A platform whose events are kept elsewhere reads a document all the same. */
async function reads(option: string, url: string): Promise<void> {
  const platform = await RunningPlatform.start({ args: [option, url] });
  try {
    const view = await platform.client.analyse(name, document, { patienceMs: 60_000 });
    expect(view.status).toBe('analysed');
    expect(view.report?.hasArbitration).toBe(true);
  } finally {
    await platform.stop();
  }
}

describeWith('redis-server', 'the platform with its events in Redis', () => {
  it('reads a document', { timeout: 120_000 }, async () => {
    const server = await startRedis(['--appendonly', 'yes']);
    try {
      await reads('--redis', server.url);
    } finally {
      await server.stop();
    }
  });
});

describeWith('rabbitmq-server', 'the platform with its events at RabbitMQ', () => {
  it('reads a document', { timeout: 120_000 }, async () => {
    const server = await startRabbit();
    try {
      await reads('--amqp', server.url);
    } finally {
      await server.stop();
    }
  });
});
