import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { realClock } from '../../runtime/real-clock.ts';
import { etcdHost } from './etcd-hosts.ts';
import { EtcdHttp } from './etcd-http.ts';

const patienceMs = 400;
const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function asking(listener: RequestListener): Promise<(count: number) => Promise<readonly PromiseSettledResult<unknown>[]>> {
  const server: Server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const http = new EtcdHttp(realClock, patienceMs, {});
  open.push(http, { close: () => server.closeAllConnections() }, server);
  const host = etcdHost(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const { signal } = new AbortController();
  const question = { path: '/', json: '{}', headers: {}, signal };
  return (count) => Promise.allSettled(Array.from({ length: count }, () => http.ask(host, question)));
}

describe('many questions at once', () => {
  it('wait for a connection for longer than an answer may take, while others are answered', async () => {
    const ask = await asking((_request, response) => void setTimeout(() => response.end('{}'), patienceMs / 4));
    const began = performance.now();
    const answers = await ask(32 * 6);
    expect(performance.now() - began).toBeGreaterThan(patienceMs); // or nobody would have had to
    expect(answers.filter(({ status }) => status === 'rejected')).toEqual([]);
  });

  it('do not wait one after the other where nobody is answered', async () => {
    const ask = await asking(() => {});
    const began = performance.now();
    const answers = await ask(32 * 20);
    expect(performance.now() - began).toBeLessThan(10 * patienceMs);
    expect(answers.filter(({ status }) => status === 'fulfilled')).toEqual([]);
    const sent = answers.filter((answer) => answer.status === 'rejected' && answer.reason.sent);
    expect(sent.length).toBe(32);
  });
});
