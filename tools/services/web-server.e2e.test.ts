import { expect, it } from 'vitest';
import { eventually } from '../../packages/core/src/testing/index.ts';
import { describeWith } from './needs.ts';
import { startWebServer } from './web-server.ts';

for (const program of ['nginx', 'haproxy', 'apache2'] as const) {
  describeWith(program, `${program} of a test`, () => {
    it('answers, and writes down what it has read', async () => {
      const server = await startWebServer(program);
      try {
        const url = `http://127.0.0.1:${server.port}`;
        await fetch(`${url}/one?x=%41`);
        await fetch(`${url}/two`, { method: 'POST', body: 'hello' });
        await eventually('it has written them down', () => server.requests().length >= 2);
        expect(server.requests()).toEqual(['GET /one?x=%41', 'POST /two']);
      } finally {
        await server.stop();
      }
      await expect(fetch(`http://127.0.0.1:${server.port}`)).rejects.toThrow();
    });
  });
}
