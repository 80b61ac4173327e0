import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { eventually } from '@tutti/core/testing';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { findBinary } from '../../../../tools/services/find-binary.ts';
import { describeWith } from '../../../../tools/services/needs.ts';
import { portOf, stage } from '../set-up.ts';

const browser = 'chromium-headless-shell';

/** Hears two events, loses its stream, hears two more on another one, has one message echoed, and tells all of it. */
const page = `<script>
const heard = [];
const source = new EventSource('/events');
source.onmessage = ({ data, lastEventId }) => {
  heard.push(lastEventId + ' ' + data);
  if (heard.length < 4) return;
  source.close();
  const socket = new WebSocket('ws://' + location.host + '/socket');
  socket.onopen = () => socket.send('hello');
  socket.onmessage = ({ data }) => fetch('/heard', { method: 'POST', body: JSON.stringify([...heard, data]) });
};
</script>`;

/** Asks another origin in three ways, and tells which of the answers it could read. */
const visitor = (elsewhere: string): string => `<script>
const ask = (path, options) => fetch('${elsewhere}' + path, options).then((answer) => answer.status + ' ' + answer.headers.get('x-sum'), () => 'not readable');
const put = { method: 'PUT', headers: { 'x-token': '1', 'content-type': 'application/json' }, body: '{}' };
Promise.all([ask('/open', put), ask('/closed', put), ask('/closed', {}), ask('/members', {})])
  .then((told) => fetch('/heard', { method: 'POST', body: JSON.stringify(told) }));
</script>`;

/** A browser of its own on a page; ended with the test. */
function open(url: string): void {
  const profile = mkdtempSync(join(tmpdir(), 'tutti-browser-'));
  const words = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
    url,
  ];
  const child = spawn(findBinary(browser) as string, words, { stdio: 'ignore' });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });
}

describeWith(browser, 'a browser', () => {
  it('hears an event stream across the loss of its connection, and talks over a WebSocket', async () => {
    const streams: ServerResponse[] = [];
    const resumed: (string | undefined)[] = [];
    let told: unknown;
    const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
      if (message.url === '/heard') {
        told = JSON.parse(await text(message));
        response.end();
      } else if (message.url === '/events') {
        resumed.push(message.headers['last-event-id'] as string | undefined);
        streams.push(response.writeHead(200, { 'content-type': 'text/event-stream' }));
        response.write('retry: 50\n\n');
      } else response.writeHead(200, { 'content-type': 'text/html' }).end(page);
    };
    const server = createServer((message, response) => void serve(message, response));
    new WebSocketServer({ server, path: '/socket' }).on('connection', (socket) =>
      socket.on('message', (data) => socket.send(String(data))),
    );
    const { gateway, upstreams, open: openDoor } = stage();
    upstreams.add('s', await portOf(server));
    gateway.addRoute({ path: '/', methods: ['GET', 'POST'], serviceName: 's', public: true, upgrades: ['websocket'] });
    const { url } = await openDoor();

    open(url);
    await eventually('the browser listens', () => streams.length === 1, 20_000);
    streams[0]?.write('id: 1\ndata: one\n\n');
    streams[0]?.end('id: 2\ndata: two\n\n');
    await eventually('the browser listens again', () => streams.length === 2);
    streams[1]?.write('id: 3\ndata: three\n\nid: 4\ndata: four\n\n');
    await eventually('the browser tells', () => told !== undefined);
    expect(told).toEqual(['1 one', '2 two', '3 three', '4 four', 'hello']);
    expect(resumed).toEqual([undefined, '2']);
    await eventually('the service hears that the browser has left', () => streams[1]?.closed === true);
  });

  it('reads answers of another origin where a route says that its page may, refusals too', async () => {
    const reached: string[] = [];
    let told: unknown;
    const api = createServer((message, response) => {
      reached.push(`${message.method} ${message.url}`);
      message.resume().on('end', () => response.writeHead(200, { 'x-sum': '42' }).end());
    });
    const { gateway, upstreams, open: openDoor } = stage();
    upstreams.add('s', await portOf(api));
    const { url } = await openDoor();
    const site = createServer((message, response) => {
      if (message.url !== '/heard') response.writeHead(200, { 'content-type': 'text/html' }).end(visitor(url));
      else
        void text(message).then((body) => {
          told = JSON.parse(body);
          response.end();
        });
    });
    const page = `http://127.0.0.1:${await portOf(site)}`;
    const cors = { origins: [page], allowHeaders: ['x-token', 'content-type'], exposeHeaders: ['x-sum'] };
    gateway.addRoute({ path: '/open', methods: ['PUT'], serviceName: 's', public: true, cors });
    gateway.addRoute({
      path: '/closed',
      methods: ['GET', 'PUT'],
      serviceName: 's',
      public: true,
      cors: { origins: ['https://app.example'] },
    });
    gateway.addRoute({ path: '/members', methods: ['GET'], serviceName: 's', roles: ['member'], cors });

    open(page);
    await eventually('the browser tells', () => told !== undefined, 20_000);
    expect(told).toEqual(['200 42', 'not readable', 'not readable', '403 null']);
    expect(reached.toSorted()).toEqual(['GET /closed', 'PUT /open']);
  });
});
