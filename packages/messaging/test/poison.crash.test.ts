import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { everyTenant } from '@tutti/core';
import { eventually } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { startRabbit } from '../../../tools/services/rabbitmq.ts';
import { startRedis } from '../../../tools/services/redis.ts';
import { EventBus } from '../src/index.ts';
import { temporaryFolder } from './bus-members.ts';
import { transportAt } from './places.ts';
import { quietRuntime } from './rabbit-subject.ts';
import { events, placed } from './shop.ts';

const program = fileURLToPath(new URL('./programs/poisoned-member.ts', import.meta.url));

/** A member that is started again whenever it dies, until it is ended. */
function keptAlive(...args: readonly string[]): AsyncDisposable {
  let child: ChildProcess | undefined;
  let over = false;
  const living = (async () => {
    while (!over) {
      child = spawn(process.execPath, ['--conditions=@tutti/source', program, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
      await once(child, 'exit');
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      over = true;
      child?.kill('SIGKILL');
      await living;
    },
  };
}

/** One event kills whoever handles it, the others can be handled. */
async function poisoned(at: string, folder: { path: (name: string) => string }): Promise<void> {
  const [name, ledger] = ['poison', folder.path('ledger')];
  const lines = (): string[] => (existsSync(ledger) ? readFileSync(ledger, 'utf8').trim().split('\n') : []);
  await using bus = new EventBus({ events, transport: transportAt(at, name), runtime: quietRuntime });
  await bus.start();
  const orders = Array.from({ length: 40 }, (_, index) => `o-${index}`);
  for (const orderId of [...orders.slice(0, 3), 'poison', ...orders.slice(3)]) await bus.publish(placed(orderId));
  await using _member = keptAlive(at, name, ledger);
  await eventually('the others are handled', () => new Set(lines()).size === orders.length + 1, 90_000, 200);
  const { items } = await eventually(
    'it is given up',
    async () => {
      const page = await bus.deadLetters.list({ tenant: everyTenant });
      return page.items.length > 0 && page;
    },
    60_000,
    200,
  );
  expect(items.map(({ event, reason }) => [(event as { subject: string }).subject, reason])).toEqual([['poison', 'no-outcome']]);
  expect(lines().filter((line) => line === 'died')).toHaveLength(3);
}

describe('an event that kills its process', { timeout: 180_000 }, () => {
  it('is given up on SQLite after as many deaths as attempts are allowed, and the others are handled', async () => {
    await using folder = await temporaryFolder();
    await poisoned(folder.path('bus.db'), folder);
  });
});

describeWith('redis-server', 'an event that kills its process, with Redis', () => {
  it('is given up, and the others are handled', { timeout: 180_000 }, async () => {
    await using folder = await temporaryFolder();
    const server = await startRedis(['--appendonly', 'yes']);
    try {
      await poisoned(server.url, folder);
    } finally {
      await server.stop();
    }
  });
});

describeWith('rabbitmq-server', 'an event that kills its process, with RabbitMQ', () => {
  it('is given up, and the others are handled', { timeout: 240_000 }, async () => {
    await using folder = await temporaryFolder();
    const server = await startRabbit();
    try {
      await poisoned(server.url, folder);
    } finally {
      await server.stop();
    }
  });
});
