import { eventually } from '@tutti/core/testing';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { APIGateway, type Middleware, middlewareStack, reply } from '../src/index.ts';
import { httpServer, rawClient, rawServer, type Stage, stage } from './set-up.ts';

const text = (body: Uint8Array): string => Buffer.from(body).toString();

/** A gateway with one public route at `/` to a service that says hello. */
async function greeting(middleware: ReturnType<typeof middlewareStack>, options: Parameters<typeof stage>[0] = {}): Promise<Stage> {
  const staged = stage({ ...options, middleware });
  staged.upstreams.add('s', await httpServer((_request, response) => response.end('hello')));
  staged.gateway.addRoute({ path: '/', methods: ['GET', 'POST'], serviceName: 's', public: true });
  return staged;
}

const ask = async ({ gateway }: Stage, method = 'GET') => {
  const { status, body, headers } = await gateway.handleRequest({ method, path: '/a%41?x=1' });
  const { 'x-request-id': _id, ...others } = headers;
  return { status, headers: others, body: text(body) };
};

describe('a middleware', () => {
  it('sees the request, who asks, and what those before it have added', async () => {
    const seen: unknown[] = [];
    const recall = () => ({ principal: 'ann', roles: ['paying'] });
    const staged = stage({
      authenticators: [{ name: 'test', challenge: 'Test', recall, authenticate: async () => recall() }],
      middleware: middlewareStack()
        .use('plan', async ({ identity }, next) => next({ plan: identity?.roles[0] }))
        .use('look', async ({ method, path, target, headers, clientAddress, route, identity, context }, next) => {
          seen.push({ method, path, target, host: headers.single('host'), clientAddress, route: route.id, identity, context });
          return next();
        }),
    });
    staged.upstreams.add('s', await httpServer((_request, response) => response.end()));
    staged.gateway.addRoute({ id: 'all', path: '/', serviceName: 's', authorize: 'authenticated' });
    const request = { method: 'GET', path: '/a%41?x=1', headers: { host: 'h' }, clientAddress: '192.0.2.1' };
    expect((await staged.gateway.handleRequest(request)).status).toBe(200);
    expect(seen).toEqual([
      {
        method: 'GET',
        path: '/aA',
        target: '/a%41?x=1',
        host: 'h',
        clientAddress: '192.0.2.1',
        route: 'all',
        identity: recall(),
        context: { plan: 'paying' },
      },
    ]);
  });

  it('answers itself, and the service hears nothing', async () => {
    const staged = await greeting(
      middlewareStack().use('closed', async () => reply({ status: 418, headers: { 'x-why': 'tea', 'Content-Length': '9' }, body: 'no' })),
    );
    expect(await ask(staged)).toEqual({ status: 418, headers: { 'x-why': 'tea', 'content-length': '2' }, body: 'no' });
    expect(staged.upstreams.leased).toEqual([]);
    const empty = await greeting(middlewareStack().use('empty', async () => reply({ status: 204 })));
    expect(await ask(empty)).toEqual({ status: 204, headers: {}, body: '' });
  });

  it('adds headers to every answer, also to a refusal, but none of its framing', async () => {
    const staged = await greeting(
      middlewareStack()
        .use('stamp', async (request, next) => {
          request.addAnswerHeader('x-stamp', '1');
          expect(() => request.addAnswerHeader('Content-Length', '1')).toThrowError(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
          expect(() => request.addAnswerHeader('x', 'a\r\nb: c')).toThrowError(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
          return next();
        })
        .use('refuse posts', async ({ method }, next) => {
          if (method === 'POST') throw new Error('secret');
          return next();
        }),
    );
    const [good, bad] = [await ask(staged), await ask(staged, 'POST')];
    expect([good.status, good.headers['x-stamp']]).toEqual([200, '1']);
    expect([bad.status, bad.headers['x-stamp']]).toEqual([500, '1']);
    expect(JSON.parse(bad.body)).toMatchObject({ code: 'INTERNAL' });
    expect(bad.body).not.toContain('secret');
  });

  it('is told how the rest has ended, and may answer in its place', async () => {
    const ends: unknown[] = [];
    const staged = stage({
      middleware: middlewareStack()
        .use('watch', async (_request, next) => {
          const answered = await next();
          ends.push(answered.status);
          return answered;
        })
        .use('instead', async (_request, next) => {
          try {
            return await next();
          } catch (error) {
            ends.push((error as { code: string }).code);
            return reply({ status: 200, body: 'the old answer' });
          }
        }),
    });
    staged.gateway.addRoute({ path: '/', serviceName: 'nobody', public: true });
    expect(await ask(staged)).toMatchObject({ status: 200, body: 'the old answer' });
    expect(ends).toEqual(['MESH_NO_ENDPOINT', 200]);
  });

  it('that goes on twice sends one request, and is named', async () => {
    const twice = await greeting(
      middlewareStack().use('twice', async (_request, next) => {
        await next();
        return next();
      }),
    );
    expect(await ask(twice)).toMatchObject({ status: 200, body: 'hello' });
    expect(twice.upstreams.leased).toHaveLength(1);
    expect(twice.logged).toContainEqual({ level: 'error', fields: expect.objectContaining({ middleware: 'twice' }) });

    const atOnce = await greeting(middlewareStack().use('at once', async (_request, next) => (await Promise.all([next(), next()]))[0]));
    const refused = await ask(atOnce);
    expect(refused.status).toBe(500);
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'GATEWAY_MIDDLEWARE_MISUSED' });
    expect(refused.body).not.toContain('at once');
    expect(atOnce.upstreams.outcomes.map(({ kind }) => kind)).toEqual(['cancelled']);
  });

  it('that answers beside an answer, or does nothing, is told so', async () => {
    const late = await greeting(
      middlewareStack().use('late', async (_request, next) => {
        await next();
        return reply({ status: 200, body: 'mine' });
      }),
    );
    expect(await ask(late)).toMatchObject({ status: 200, body: 'hello' });
    expect(late.logged).toContainEqual({ level: 'error', fields: expect.objectContaining({ middleware: 'late' }) });

    const nothing = await greeting(middlewareStack().use('nothing', (async () => undefined) as unknown as Middleware));
    expect(JSON.parse((await ask(nothing)).body)).toMatchObject({ status: 500, code: 'GATEWAY_MIDDLEWARE_MISUSED' });
  });

  it('that does not wait for the rest is waited for', async () => {
    const staged = await greeting(
      middlewareStack().use('hasty', (async (_request, next) => {
        void next();
        return {};
      }) as Middleware as never),
    );
    expect(await ask(staged)).toMatchObject({ status: 200, body: 'hello' });
  });

  it('that throws in the middle of an answer breaks it off, and the way to the service', async () => {
    const server = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'));
    const halfway = Promise.withResolvers<void>();
    const { gateway, upstreams, open } = stage({
      middleware: middlewareStack().use('impatient', async (_request, next) =>
        Promise.race([next(), halfway.promise.then(() => Promise.reject(new Error('enough')))]),
      ),
    });
    upstreams.add('s', server.port);
    gateway.addRoute({ path: '/', serviceName: 's', public: true });
    const client = rawClient((await open()).port).send('GET / HTTP/1.1\r\nhost: h\r\n\r\n');
    await client.until('half');
    halfway.resolve();
    expect(await client.closed()).not.toContain('500');
    await eventually('the service is left', () => server.closed === 1);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'cancelled' }]);
  });

  it('runs in the order that is shown, and where a route asks for it if it is only offered', async () => {
    const ran: string[] = [];
    const note =
      (name: string): Middleware =>
      async (_request, next) => {
        ran.push(name);
        return next();
      };
    const stack = middlewareStack()
      .use('first', note('first'))
      .offer('second', note('second'))
      .use('third', note('third'))
      .offer('fourth', note('fourth'));
    const { gateway, upstreams } = stage({ middleware: stack });
    upstreams.add('s', await httpServer((_request, response) => response.end()));
    gateway.addRoute({ path: '/a', serviceName: 's', public: true });
    gateway.addRoute({ path: '/b', serviceName: 's', public: true, middleware: ['fourth', 'second'] });
    const shown = async (path: string): Promise<readonly string[]> => {
      const page = await gateway.resources()[0]?.list({ limit: 10 });
      const order = page?.items.find((item) => item['path'] === path)?.['order'] as readonly string[];
      return order.filter((name) => stack.placed.some((placed) => placed.name === name));
    };
    for (const path of ['/a', '/b']) {
      ran.length = 0;
      await gateway.handleRequest({ method: 'GET', path });
      expect(ran).toEqual(await shown(path));
    }
    expect(ran).toEqual(['first', 'second', 'third', 'fourth']);
  });

  it('that nobody knows is refused when a route asks for it', () => {
    const { gateway } = stage({
      middleware: middlewareStack()
        .use('always', async (_request, next) => next())
        .offer('sometimes', async (_request, next) => next()),
    });
    const add = (name: string) =>
      expect(() => gateway.addRoute({ path: '/', serviceName: 's', public: true, middleware: ['sometimes', name] }));
    for (const name of ['never', 'always'])
      add(name).toThrowError(
        expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path: 'route.middleware[1]' }) }),
      );
    expect(() =>
      middlewareStack()
        .use('a', async (_request, next) => next())
        .offer('a', async (_request, next) => next()),
    ).toThrowError(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});

describe('the types', () => {
  it('know what has been added, and what perhaps has', () => {
    const paying: Middleware<{ readonly plan: string }> = async (_request, next) => next();
    middlewareStack()
      .use('plan', async ({ context }, next) => {
        expectTypeOf(context).toEqualTypeOf<object>();
        return next({ plan: 'gold' });
      })
      .offer('beta', async ({ context }, next) => {
        expectTypeOf(context.plan).toEqualTypeOf<string>();
        return context.plan === 'gold' ? next({ beta: true }) : reply({ status: 402 });
      })
      .use('paying', paying)
      .use('last', async ({ context }, next) => {
        expectTypeOf(context.plan).toEqualTypeOf<string>();
        expectTypeOf(context.beta).toEqualTypeOf<boolean | undefined>();
        return next();
      });
    // @ts-expect-error nobody has added a plan before
    middlewareStack().use('paying', paying);
    // @ts-expect-error it does not say what becomes of the request
    middlewareStack().use('silent', async () => {});
    middlewareStack()
      .use('sometimes', async ({ method }, next) => (method === 'GET' ? next({ plan: 'gold' }) : next()))
      // @ts-expect-error not every request has a plan
      .use('after', async ({ context }, next) => next({ plan: context.plan }));
  });

  it('know the services and the middleware that a route may name', () => {
    const upstreams = { lease: () => Promise.reject, ready: async () => {} } as never;
    const gateway = new APIGateway({
      upstreams,
      services: ['voice', 'documents'],
      middleware: middlewareStack().offer('beta', async (_request, next) => next()),
    });
    gateway.addRoute({ path: '/voice', serviceName: 'voice', public: true, middleware: ['beta'] });
    const wrong = (path: string) => expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) });
    // @ts-expect-error there is no such service
    expect(() => gateway.addRoute({ path: '/a', serviceName: 'vioce', public: true })).toThrowError(wrong('route.serviceName'));
    // @ts-expect-error there is no such middleware
    expect(() => gateway.setRoutes([{ path: '/a', serviceName: 'voice', public: true, middleware: ['bate'] }])).toThrowError(
      wrong('routes[0].middleware[0]'),
    );
    const anywhere: APIGateway = new APIGateway({ upstreams });
    anywhere.addRoute({ path: '/a', serviceName: 'vioce', public: true });
  });
});
