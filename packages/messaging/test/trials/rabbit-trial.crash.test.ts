import { expect, it } from 'vitest';
import { describeWith } from '../../../../tools/services/needs.ts';
import { startRabbit } from '../../../../tools/services/rabbitmq.ts';
import { assertNothingLost } from '../../src/faults/index.ts';
import { behindProxy, trial } from './trial.ts';

describeWith('rabbitmq-server', 'nothing lost, nothing doubled on RabbitMQ', () => {
  it('while members are killed and paused, lines cut and the broker killed', { timeout: 900_000 }, async () => {
    const server = await startRabbit();
    try {
      await using line = await behindProxy(server, (port) => `amqp://guest:guest@127.0.0.1:${port}`);
      const report = await trial('rabbitmq', './rabbit-member.ts', () => line);
      assertNothingLost(report, { quiet: '60s' });
      expect(report.acked).toBe(report.messages);
    } finally {
      await server.stop();
    }
  });
});
