import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type EtcdServer, startEtcd, startSecureEtcd } from '../../../../tools/services/etcd.ts';
import { describeWith } from '../../../../tools/services/needs.ts';
import { type EtcdConnection, type EtcdConnectionOptions, type EtcdEvent, etcdConnection } from '../../src/adapters/etcd.ts';
import { defaultRuntime, silentLogger } from '../../src/index.ts';
import { eventually, type TcpFaultProxy, tcpFaultProxy } from '../../src/testing/index.ts';

const runtime = { ...defaultRuntime, logger: silentLogger };
const nobody = 'http://127.0.0.1:1';
const open: { stop(): Promise<void> }[] = [];
let server: EtcdServer;

async function connected(options: Partial<EtcdConnectionOptions> = {}): Promise<EtcdConnection> {
  const connection = etcdConnection({ hosts: [server.url], runtime, commandTimeout: '300ms', ...options });
  open.push(connection);
  await connection.start();
  return connection;
}

async function proxied(): Promise<TcpFaultProxy & { readonly url: string }> {
  const proxy = await tcpFaultProxy({ target: { port: server.port } });
  open.push({ stop: () => proxy.close() });
  return Object.create(proxy, { url: { value: `http://127.0.0.1:${proxy.port}` } }) as TcpFaultProxy & { readonly url: string };
}

const put = (connection: EtcdConnection, key: string, value = ''): Promise<unknown> =>
  connection.transact({ apply: [{ put: key, value }] });

describeWith('etcd', 'a connection to etcd', () => {
  beforeAll(async () => {
    server = await startEtcd();
  }, 40_000);
  afterAll(() => server?.stop());
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.stop();
  });

  it('keeps any text, and finds what begins with a prefix, in pages of one revision', async () => {
    const connection = await connected();
    for (const name of ['a', 'b', 'ключ\n"', 'z']) await put(connection, `page/${name}`, `of ${name}`);
    await put(connection, 'page0', 'beside');
    const first = await connection.range({ prefix: 'page/', limit: 2 });
    expect([first.entries.map(({ key }) => key), first.count]).toEqual([['page/a', 'page/b'], 4]);
    await put(connection, 'page/c', 'too late');
    const rest = await connection.range({ prefix: 'page/', after: 'page/b', revision: first.revision });
    expect(rest.entries.map(({ key, value }) => [key, value])).toEqual([
      ['page/z', 'of z'],
      ['page/ключ\n"', 'of ключ\n"'],
    ]);
    const [last] = (await connection.range({ prefix: 'page/', limit: 1, order: 'last-written-first' })).entries;
    expect(last?.key).toBe('page/c');
  });

  it('decides in one step, by revision and by value', async () => {
    const connection = await connected();
    const asked = { when: [{ key: 'step', modRevision: 0n }], apply: [{ put: 'step', value: '1' }], otherwise: [{ get: { key: 'step' } }] };
    const first = await connection.transact(asked);
    expect([first.done, first.found]).toEqual([true, []]);
    const second = await connection.transact(asked);
    expect([second.done, second.found[0]?.[0]]).toEqual([false, { key: 'step', value: '1', modRevision: first.revision, lease: '0' }]);
    const byValue = (value: string) => connection.transact({ when: [{ key: 'step', value }], apply: [{ delete: 'step' }] });
    expect([(await byValue('2')).done, (await byValue('1')).done]).toEqual([false, true]);
  });

  it('ends what hangs on a lease with it, and says of a lease that is over that it is', async () => {
    const connection = await connected();
    const { lease, ttlSeconds } = await connection.grant(60);
    await connection.transact({ apply: [{ put: 'leased', value: '1', lease }] });
    await connection.transact({ apply: [{ put: 'leased', value: '2', lease: 'keep' }] });
    expect([ttlSeconds, await connection.keepAlive(lease)]).toEqual([60, 60]);
    await connection.revoke(lease);
    await connection.revoke(lease);
    expect([(await connection.range({ key: 'leased' })).count, await connection.keepAlive(lease)]).toEqual([0, 0]);
    await expect(connection.transact({ apply: [{ put: 'leased', value: '3', lease }] })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('requested lease not found'),
      details: { sent: false },
    });
  });

  it('hears of everything from a revision on, a step at a time, until it is told to stop', async () => {
    const connection = await connected();
    await put(connection, 'watch/a', '1');
    const { revision } = await connection.range({ prefix: 'watch/' });
    await connection.transact({ apply: [{ delete: 'watch/a' }, { put: 'watch/b', value: '2' }, { put: 'watch0', value: 'beside' }] });
    const steps: (readonly EtcdEvent[])[] = [];
    const ending = new AbortController();
    const watching = connection.watch({ prefix: 'watch/', from: revision + 1n }, (events) => steps.push(events), ending.signal);
    await eventually('the step before', () => steps.length === 2);
    await put(connection, 'watch/c', '3');
    await eventually('the step after', () => steps.length === 3);
    ending.abort();
    expect(await watching).toBe('ended');
    expect(steps.map((events) => events.map((event) => (event.kind === 'put' ? event.entry.value : event.key)))).toEqual([
      [],
      ['watch/a', '2'],
      ['3'],
    ]);
  });

  it('says of a watch from a revision that was compacted that it is', async () => {
    const connection = await connected();
    await put(connection, 'old');
    const { revision } = await connection.range({ key: 'old' });
    await put(connection, 'old');
    await compact(revision + 1n);
    const ending = new AbortController();
    expect(await connection.watch({ prefix: 'old', from: revision }, () => {}, ending.signal)).toBe('compacted');
    await expect(connection.range({ prefix: 'old', revision })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('goes on with the next member where the first refuses, hangs or dies, and says whether a write may have been done', async () => {
    const proxy = await proxied();
    const connection = await connected({ hosts: [nobody, proxy.url, server.url] });
    await put(connection, 'over', '1');
    expect(proxy.accepted).toBeGreaterThan(0);
    await proxy.change({ toClient: { blackHole: true } });
    await expect(put(connection, 'over', '2')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', details: { sent: true } });
    // it was: and the member after that says so
    expect((await connection.range({ key: 'over' })).entries[0]?.value).toBe('2');
  });

  it('loses a watch whose member goes, and tells', async () => {
    const proxy = await proxied();
    const connection = await connected({ hosts: [proxy.url] });
    let heard = 0;
    const watching = connection.watch({ prefix: 'lost/' }, () => heard++, new AbortController().signal);
    await eventually('the watch', () => heard === 1);
    proxy.end('reset');
    await expect(watching).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await proxy.change({ connect: 'half-open' });
    await expect(connection.watch({ prefix: 'lost/' }, () => {}, new AbortController().signal)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('no answer within 300 ms'),
    });
  });

  it('fails to start where nobody answers, without saying the password, and can be started again', async () => {
    const proxy = await proxied();
    await proxy.change({ connect: 'refuse' });
    const connection = etcdConnection({ hosts: [proxy.url.replace('//', '//ada:hush@')], runtime, commandTimeout: '300ms' });
    const error = (await connection.start().catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', details: { sent: false } });
    expect(error.message).not.toContain('hush');
    expect((await connection.health()).status).toBe('unhealthy');
    await expect(connection.range({ key: 'a' })).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    await proxy.heal();
    await connection.start();
    expect((await connection.health()).status).toBe('healthy');
    await connection.stop();
  });

  it('refuses what is no etcd', async () => {
    const { createServer } = await import('node:http');
    const other = createServer((_request, response) => response.writeHead(404).end('Not Found')).listen(0, '127.0.0.1');
    await eventually('it listens', () => other.listening);
    const { port } = other.address() as { port: number };
    const connection = etcdConnection({ hosts: [`http://127.0.0.1:${port}`], runtime });
    await expect(connection.start()).rejects.toMatchObject({ code: 'STORE_UNSUPPORTED' });
    other.closeAllConnections();
    other.close();
  });

  it('leaves nothing open when it is stopped, and ends what is under way', async () => {
    const proxy = await proxied();
    const connection = await connected({ hosts: [proxy.url], commandTimeout: '1m' });
    let heard = 0;
    const watching = connection.watch({ prefix: 'end/' }, () => heard++, new AbortController().signal);
    await eventually('the watch', () => heard === 1);
    await proxy.change({ toClient: { blackHole: true } });
    const asking = connection.range({ key: 'a' });
    await eventually('all connections', () => proxy.open >= 2);
    const ends = Promise.allSettled([watching, asking]);
    await connection.stop();
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await eventually('no connection', () => proxy.open === 0);
  });

  it('asks over TLS a server whose certificate it is told to believe, and no other', async () => {
    const secure = await startSecureEtcd();
    open.push(secure);
    const connection = await connected({ hosts: [secure.url], tls: { ca: secure.certificate }, commandTimeout: '10s' });
    await put(connection, 'secret', '1');
    let heard = 0;
    const ending = new AbortController();
    const watching = connection.watch({ prefix: 'secret' }, (events) => (heard += events.length), ending.signal);
    await eventually('news', async () => {
      await put(connection, 'secret', '2');
      return heard > 0;
    });
    ending.abort();
    await watching;
    const doubtful = await connected({ hosts: [secure.url], commandTimeout: '10s' }).catch((error: unknown) => error);
    expect(doubtful).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('certificate'),
      details: { sent: false },
    });
  });

  describe('with users', () => {
    it('asks as its user, takes a new token when the old one is forgotten, and is refused what the user may not', async () => {
      const own = await startEtcd();
      open.push(own);
      await ask(own.url, 'auth/user/add', { name: 'root', password: 'top' });
      await ask(own.url, 'auth/user/grant', { user: 'root', role: 'root' });
      await ask(own.url, 'auth/user/add', { name: 'ada', password: 'p@ss' });
      await ask(own.url, 'auth/role/add', { name: 'mine' });
      const perm = { permType: 'READWRITE', key: wire('mine/'), range_end: wire('mine0') };
      await ask(own.url, 'auth/role/grant', { name: 'mine', perm });
      await ask(own.url, 'auth/user/grant', { user: 'ada', role: 'mine' });
      await ask(own.url, 'auth/enable', {});

      const as = (user: string): string => own.url.replace('//', `//${user}@`);
      const connection = await connected({ hosts: [as('ada:p%40ss')], commandTimeout: '10s' });
      await put(connection, 'mine/a', '1');
      await expect(put(connection, 'others/a')).rejects.toMatchObject({ code: 'STORE_UNSUPPORTED' });
      await own.restart();
      expect((await connection.range({ key: 'mine/a' })).entries[0]?.value).toBe('1');
      const wrong = await connected({ hosts: [as('ada:guess')], commandTimeout: '10s' }).catch((error: unknown) => error);
      expect(wrong).toMatchObject({ code: 'STORE_UNSUPPORTED' });
    });
  });

  it.each([
    [{}, 'etcdConnection.hosts is missing'],
    [{ hosts: [] }, 'etcdConnection.hosts must be an array of at least one URL'],
    [{ hosts: ['http://a', 'redis://ada:hush@b'] }, 'etcdConnection.hosts[1] must be a URL that begins with http:// or https://'],
    [{ hosts: ['http://a'], commandTimeout: 5 }, 'etcdConnection.commandTimeout must be a duration'],
  ])('refuses %j', (options, message) => {
    expect(() => etcdConnection(options as EtcdConnectionOptions)).toThrowError(message);
  });
});

const wire = (text: string): string => Buffer.from(text).toString('base64');

async function ask(url: string, path: string, body: object): Promise<void> {
  const response = await fetch(`${url}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(await response.text());
}

const compact = (revision: bigint): Promise<void> => ask(server.url, 'kv/compaction', { revision: String(revision) });
