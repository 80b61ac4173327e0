import { tcpFaultProxy } from '@tutti/core/testing';
import { expect, it } from 'vitest';
import { describeWith } from '../../../../tools/services/needs.ts';
import { startPostgres } from '../../../../tools/services/postgres.ts';
import { assertSagasEndRight } from '../../src/faults/index.ts';
import { trial } from './trial.ts';

describeWith('postgres', 'sagas on Postgres end right', () => {
  it('while workers are killed and stopped, lines cut and the server killed', { timeout: 600_000 }, async () => {
    const server = await startPostgres();
    const proxy = await tcpFaultProxy({ target: { port: server.port } });
    try {
      const config = { url: server.url.replace(`:${server.port}`, `:${proxy.port}`) };
      const report = await trial('postgres', './postgres-worker.ts', () => ({ config, proxy, store: server }));
      // lease and scan make two seconds and a half; the rest is what a busy machine takes for a successor to start. The figure is printed.
      assertSagasEndRight(report, { takeOver: '20s' });
      expect(report.completed + report.compensated).toBe(report.sagas);
    } finally {
      await proxy.close();
      await server.stop();
    }
  });
});
