import { expect, it } from 'vitest';
import { describeWith } from '../../../../tools/services/needs.ts';
import { startRedis } from '../../../../tools/services/redis.ts';
import { assertNothingLost } from '../../src/faults/index.ts';
import { behindProxy, trial } from './trial.ts';

describeWith('redis-server', 'nothing lost, nothing doubled on Redis', () => {
  it('while members are killed and paused, lines cut and the server killed', { timeout: 600_000 }, async () => {
    const server = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
    try {
      await using line = await behindProxy(server, (port) => `redis://127.0.0.1:${port}`);
      const report = await trial('redis', './redis-member.ts', () => line);
      assertNothingLost(report);
      expect(report.acked).toBe(report.messages);
    } finally {
      await server.stop();
    }
  });
});
