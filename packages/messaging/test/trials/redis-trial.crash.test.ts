import { atFullSize } from '@tutti/core/testing';
import { expect, it } from 'vitest';
import { describeWith } from '../../../../tools/services/needs.ts';
import { startRedis } from '../../../../tools/services/redis.ts';
import { assertNothingLost } from '../../src/faults/index.ts';
import { behindProxy, findings, trial, zombiesWithoutFence } from './trial.ts';

describeWith('redis-server', 'nothing lost, nothing doubled on Redis', () => {
  it('while members are killed and paused, lines cut and the server killed', { timeout: 600_000 }, async () => {
    const server = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
    try {
      await using line = await behindProxy(server, (port) => `redis://127.0.0.1:${port}`);
      const report = await trial('redis', './redis-member.ts', () => ({ ...line, early: true }));
      assertNothingLost(report);
      expect(report.acked).toBe(report.messages);
    } finally {
      await server.stop();
    }
  });

  it('controls: doubles without an inbox, and loses when nobody waits for the store', { timeout: 600_000 }, async () => {
    const server = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
    try {
      const found = await findings('redis', './redis-member.ts', (_, name) => ({ config: { url: server.url, name } }));
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
      const server = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
      try {
        const zombies = await zombiesWithoutFence('redis', './redis-member.ts', (_, name) => ({ config: { url: server.url, name } }));
        expect(zombies).not.toEqual([]);
      } finally {
        await server.stop();
      }
    },
  );
});
