import { atFullSize } from '@tutti/core/testing';
import { expect, it } from 'vitest';
import { describeWith } from '../../../../tools/services/needs.ts';
import { startRabbit } from '../../../../tools/services/rabbitmq.ts';
import { assertNothingLost } from '../../src/faults/index.ts';
import { behindProxy, findings, trial, zombiesWithoutFence } from './trial.ts';

describeWith('rabbitmq-server', 'nothing lost, nothing doubled on RabbitMQ', () => {
  it('while members are killed and paused, lines cut and the broker killed', { timeout: 900_000 }, async () => {
    const server = await startRabbit();
    try {
      await using line = await behindProxy(server, (port) => `amqp://guest:guest@127.0.0.1:${port}`);
      const report = await trial('rabbitmq', './rabbit-member.ts', () => ({ ...line, early: true }));
      assertNothingLost(report, { quiet: '60s' });
      expect(report.acked).toBe(report.messages);
    } finally {
      await server.stop();
    }
  });

  // a tenth of the trial has too few strikes on this broker for a double every time
  const controls = 'controls: doubles without an inbox, and loses when nobody waits for the store (at full size only: npm run test:faults)';
  it.skipIf(!atFullSize())(controls, { timeout: 600_000 }, async () => {
    const server = await startRabbit();
    try {
      const found = await findings('rabbitmq', './rabbit-member.ts', (_, name) => ({ config: { url: server.url, name } }));
      expect(found.doubledWithoutInbox).not.toEqual([]);
      expect(found.lostWithoutConfirm).not.toEqual([]);
    } finally {
      await server.stop();
    }
  });

  it.skipIf(!atFullSize())(
    'control: finishes count twice without a fence (at full size only: npm run test:faults)',
    { timeout: 900_000 },
    async () => {
      const server = await startRabbit();
      try {
        const zombies = await zombiesWithoutFence('rabbitmq', './rabbit-member.ts', (_, name) => ({ config: { url: server.url, name } }));
        expect(zombies).not.toEqual([]);
      } finally {
        await server.stop();
      }
    },
  );
});
