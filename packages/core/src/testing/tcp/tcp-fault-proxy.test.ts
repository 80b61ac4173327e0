import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, type TcpFaultProxy, type TcpFaultProxyOptions, tcpFaultProxy } from '../index.ts';

/** A server that answers every line in capitals, and remembers all that it was told. */
let server: Server;
let proxy: TcpFaultProxy;
let told: string;
const clients: Socket[] = [];
beforeEach(async () => {
  told = '';
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      told += bytes;
      socket.write(String(bytes).toUpperCase());
    });
    socket.on('end', () => socket.end('bye'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await tcpFaultProxy({ target: { port: (server.address() as AddressInfo).port } });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
  server.close();
});

async function connected(): Promise<Socket> {
  const client = connect({ host: proxy.host, port: proxy.port, allowHalfOpen: true });
  clients.push(client);
  await once(client, 'connect');
  return client;
}
const heardBy = async (client: Socket): Promise<string> => String((await once(client, 'data'))[0]);
/** Node ends a connection before it resets it; whoever has read that end notices the reset when he writes, and then as EPIPE. */
const errorOf = (client: Socket): Promise<string | undefined> =>
  new Promise((resolve) => {
    client.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EPIPE' ? 'ECONNRESET' : error.code));
    client.once('end', () => client.write('x'));
  });
/** Whether the client hears nothing for a while. */
const silent = (client: Socket): Promise<boolean> =>
  Promise.race([once(client, 'data').then(() => false), new Promise<boolean>((resolve) => setTimeout(resolve, 80, true))]);

describe('the TCP fault proxy', () => {
  it('passes everything on while nothing is wrong, and the end of each direction for itself', async () => {
    const client = await connected();
    client.end('hello');
    expect(await text(client)).toBe('HELLObye');
    await eventually('the connection to be forgotten', () => proxy.open === 0);
    expect(proxy.accepted).toBe(1);
  });

  it('keeps bytes back by the latency without making them wait for each other, and keeps their order', async () => {
    await proxy.change({ toTarget: { latencyMs: 60, jitterMs: 40 } });
    const client = await connected();
    const began = performance.now();
    for (const letter of 'abcdefghij') client.write(letter);
    let heard = '';
    while (heard.length < 10) heard += await heardBy(client);
    const took = performance.now() - began;
    expect(heard).toBe('ABCDEFGHIJ');
    expect(took).toBeGreaterThanOrEqual(60);
    expect(took).toBeLessThan(5 * 60);
  });

  it('passes no more bytes a second than it is told', async () => {
    await proxy.change({ toTarget: { bytesPerSecond: 100_000, sliceBytes: 1_000 } });
    const client = await connected();
    const began = performance.now();
    client.end('x'.repeat(20_000));
    expect((await text(client)).length).toBe(20_003);
    expect(performance.now() - began).toBeGreaterThanOrEqual(190);
  });

  it('cuts what it passes into pieces', async () => {
    await proxy.change({ toClient: { sliceBytes: 2, latencyMs: 1 } });
    const client = await connected();
    const pieces: string[] = [];
    client.on('data', (bytes) => pieces.push(String(bytes)));
    client.write('abcdef'.repeat(50)); // enough of them that a busy machine does not read them all at once
    await eventually('all of it', () => pieces.join('') === 'ABCDEF'.repeat(50));
    expect(pieces.length).toBeGreaterThan(1);
  });

  it('lets the request through and loses the answer, when told to cut after the request', async () => {
    const client = await connected();
    client.write('first');
    expect(await heardBy(client)).toBe('FIRST');
    await proxy.change({ cutAfterRequest: true });
    client.write('second');
    expect(await text(client)).toBe('');
    expect(told).toBe('firstsecond');
  });

  it('ends a connection in the middle of an answer, by a reset if so told', async () => {
    await proxy.change({ toClient: { endAfterBytes: 3 }, ending: 'reset' });
    const client = await connected();
    client.write('abcdef');
    const heard: string[] = [];
    client.on('data', (bytes) => heard.push(String(bytes)));
    expect(await errorOf(client)).toBe('ECONNRESET');
    expect('ABC'.startsWith(heard.join(''))).toBe(true);
  });

  it('swallows one direction and passes the other', async () => {
    await proxy.change({ toClient: { blackHole: true } });
    const client = await connected();
    client.write('heard');
    expect(await silent(client)).toBe(true);
    expect(told).toBe('heard');
    await proxy.heal();
    client.write('again');
    expect(await heardBy(client)).toBe('AGAIN');
  });

  it('accepts and does nothing more, when half open', async () => {
    await proxy.change({ connect: 'half-open' });
    const client = await connected();
    client.write('is there anybody');
    expect(await silent(client)).toBe(true);
    expect([told, proxy.open]).toEqual(['', 1]);
  });

  it('refuses like a port that nobody listens on, keeps what is open, and takes the same port again', async () => {
    const before = await connected();
    await proxy.change({ connect: 'refuse' });
    const refused = connect({ host: proxy.host, port: proxy.port });
    clients.push(refused);
    expect(await errorOf(refused)).toBe('ECONNREFUSED');
    before.write('still');
    expect(await heardBy(before)).toBe('STILL');
    await proxy.heal();
    const client = await connected();
    client.write('back');
    expect(await heardBy(client)).toBe('BACK');
  });

  it.each([
    ['cut', undefined],
    ['reset', 'ECONNRESET'],
  ] as const)('ends open connections at once: %s', async (ending, code) => {
    const client = await connected();
    client.write('x');
    await heardBy(client);
    const ended = code ? errorOf(client) : once(client, 'end').then(() => undefined);
    proxy.end(ending);
    expect(await ended).toBe(code);
  });

  it('resets the client when the target cannot be reached', async () => {
    await using nowhere = await tcpFaultProxy({ target: { port: 1 } });
    const client = connect({ host: nowhere.host, port: nowhere.port });
    clients.push(client);
    expect(await errorOf(client)).toBe('ECONNRESET');
  });

  it('leaves nothing open when it is closed', async () => {
    await proxy.change({ toTarget: { latencyMs: 60_000 } });
    const client = await connected();
    client.write('never arrives');
    const ended = errorOf(client);
    await eventually('the line', () => proxy.open === 1);
    await proxy.close();
    expect(await ended).toBe('ECONNRESET');
    await eventually('no line', () => proxy.open === 0);
    await proxy.close();
  });

  it.each([
    [{}, 'tcpFaultProxy.target is missing'],
    [{ target: { port: 1 }, faults: { connect: 'maybe' } }, "tcpFaultProxy.faults.connect must be 'forward' or"],
    [{ target: { port: 1 }, faults: { toClient: { latency: 5 } } }, 'tcpFaultProxy.faults.toClient.latency is not an option'],
    [
      { target: { port: 1 }, faults: { toClient: { sliceBytes: 0 } } },
      'tcpFaultProxy.faults.toClient.sliceBytes must be a whole number ≥ 1',
    ],
  ])('refuses %j', async (options, message) => {
    await expect(tcpFaultProxy(options as unknown as TcpFaultProxyOptions)).rejects.toThrowError(message);
  });
});
