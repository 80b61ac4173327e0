import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { house, tidiesUp } from './house.ts';
import { sized } from './raw-server.ts';

tidiesUp();

const entry = fileURLToPath(new URL('../../src/http/index.ts', import.meta.url));

/** Asks for these paths at once, says each that is answered, and does nothing more. */
const program = (port: number, paths: string[]): string => `
  import { Http1Connections } from ${JSON.stringify(entry)};
  const connections = new Http1Connections({ host: '127.0.0.1', port: ${port} }, { idleTimeout: '1h' });
  const says = (line) => () => console.log(line);
  const handler = { onRequestStart() {}, onResponseStart() {}, onResponseData() {}, onResponseError: says('failed') };
  for (const path of ${JSON.stringify(paths)}) connections.dispatch({ method: 'GET', path }, { ...handler, onResponseEnd: says(path) });
`;

it.each([
  ['that are all kept', '/3'],
  ['of which the last one in use was closed', '/close'],
])('unused connections do not keep a process alive, %s', async (_, last) => {
  const { server } = await house((peer, _head, path) => {
    if (path !== '/close') peer.say(sized(path));
  });
  const args = ['--conditions=@tutti/source', '--input-type=module', '-e', program(server.port, ['/1', '/2', last])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const printed: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed.push(...text.trim().split('\n'));
    const waiting = server.peers.find(({ received }) => received.includes('/close '));
    if (printed.length === 2) waiting?.say(sized('', 'connection: close'));
  });
  const [code] = await once(child, 'exit');
  expect([code, printed.sort(), server.peers.length]).toEqual([0, ['/1', '/2', last], 3]);
});
