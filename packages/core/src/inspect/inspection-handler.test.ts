import { describe, expect, it } from 'vitest';
import { ledger, shelf } from '../../test/inspect/shelf.ts';
import { Call } from '../call/call.ts';
import { Secret } from '../ports/secret.ts';
import { checkLaws, inspectableLaws, testRuntime } from '../testing/index.ts';
import { type InspectionOptions, type InspectionRequest, inspectionHandler } from './index.ts';

const token = 'a-token-of-enough-length';

/** An inspection of a shelf, and a way to ask it. */
function inspected(options: Partial<InspectionOptions> = { token }) {
  const books = shelf();
  const audit = ledger();
  const logged: string[] = [];
  const runtime = {
    ...testRuntime(),
    logger: { enabled: () => true, log: (_level: string, message: string) => void logged.push(message) },
  };
  const handler = inspectionHandler({ inspectables: [books], audit, runtime, ...options });
  const ask = async (method: string, path: string, headers: Readonly<Record<string, string>> = {}, body?: string) => {
    const own = {
      host: '127.0.0.1:8070',
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const request: InspectionRequest = { method, path, headers: { ...own, ...headers }, ...(body !== undefined && { body: bytes(body) }) };
    const response = await handler(request, Call.root({ runtime }));
    return { ...response, json: response.body === '' ? undefined : JSON.parse(response.body) };
  };
  const act = (action: string, body: unknown, headers?: Readonly<Record<string, string>>) =>
    ask('POST', `/inspect/v1/shelf/actions/${action}`, headers, typeof body === 'string' ? body : JSON.stringify(body));
  return { books, audit, ask, act, logged };
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; at += 1_000) yield Buffer.from(text.slice(at, at + 1_000));
}

const by = { actor: 'ada', reason: 'they are due', target: 'Emma' };

describe('the shelf of the tests', () =>
  checkLaws(it, inspectableLaws, () => {
    const whole = shelf();
    return { inspectable: { ...whole, resources: () => whole.resources().slice(0, 1) } };
  }));

describe('looking', () => {
  it('shows what there is, with the details that actions want', async () => {
    const { ask } = inspected();
    const { status, json, headers } = await ask('GET', '/inspect/v1');
    expect(status).toBe(200);
    expect(json.features).toMatchObject([
      {
        feature: 'shelf',
        resources: [{ name: 'old books', href: '/inspect/v1/shelf/old%20books' }, { name: 'broken' }],
        actions: [
          { name: 'take', destructive: true, href: '/inspect/v1/shelf/actions/take' },
          { name: 'order', destructive: false, details: { required: ['copies'] } },
          {},
          {},
        ],
      },
    ]);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });

  it('gives pages that follow each other', async () => {
    const { ask } = inspected();
    const first = (await ask('GET', '/inspect/v1/shelf/old%20books?limit=3')).json;
    expect(first).toEqual({ items: ['Emma', 'Faust', 'Kim'].map((title, id) => ({ id, title })), next: '3' });
    expect((await ask('GET', `/inspect/v1/shelf/old%20books?limit=3&after=${first.next}`)).json).toEqual({
      items: [{ id: 3, title: 'She' }],
    });
    expect(await ask('HEAD', '/inspect/v1/shelf/old%20books')).toMatchObject({ status: 200, body: '' });
  });

  it.each([
    ['GET', '/inspect/v1/shelf/old%20books?limit=0', 400, 'INVALID_ARGUMENT'],
    ['GET', '/inspect/v1/shelf/old%20books?limit=1001', 400, 'INVALID_ARGUMENT'],
    ['GET', '/inspect/v1/shelf/old%20books?limit=1e2', 400, 'INVALID_ARGUMENT'],
    ['GET', '/inspect/v1/shelf/old%20books?offset=1', 400, 'INVALID_ARGUMENT'],
    ['GET', '/inspect/v1/%E0%A4%A', 400, 'INSPECT_BAD_REQUEST'],
    ['GET', '/', 404, 'INSPECT_UNKNOWN'],
    ['GET', '/inspect/v10', 404, 'INSPECT_UNKNOWN'],
    ['GET', '/inspect/v1/nobody', 404, 'INSPECT_UNKNOWN'],
    ['GET', '/inspect/v1/shelf', 404, 'INSPECT_UNKNOWN'],
    ['GET', '/inspect/v1/shelf/constructor', 404, 'INSPECT_UNKNOWN'],
    ['POST', '/inspect/v1/shelf/actions/none', 404, 'INSPECT_UNKNOWN'],
    ['GET', '/inspect/v1/shelf/actions/take/more', 404, 'INSPECT_UNKNOWN'],
    ['POST', '/inspect/v1', 405, 'INSPECT_METHOD_NOT_ALLOWED'],
    ['DELETE', '/inspect/v1/shelf/old%20books', 405, 'INSPECT_METHOD_NOT_ALLOWED'],
    ['GET', '/inspect/v1/shelf/actions/take', 405, 'INSPECT_METHOD_NOT_ALLOWED'],
    ['GET', '/inspect/v1/shelf/broken', 500, 'INTERNAL'],
  ])('%s %s is %d, %s', async (method, path, status, code) => {
    const { ask, logged } = inspected();
    const answer = await ask(method, path);
    expect([answer.status, answer.json.code, answer.headers['content-type']]).toEqual([status, code, 'application/problem+json']);
    if (status === 405) expect(answer.headers['allow']).toMatch(/^(GET, HEAD|POST)$/);
    expect(answer.body).not.toMatch(/canary|at .*\.ts/);
    expect(logged).toHaveLength(status === 500 ? 1 : 0);
  });
});

describe('who may', () => {
  it.each([
    [{ authorization: '' }, 401],
    [{ authorization: 'Bearer wrong' }, 401],
    [{ authorization: `Bearer ${token}x` }, 401],
    [{ authorization: `Basic ${token}` }, 401],
    [{ host: 'evil.example' }, 403],
    [{ host: '127.0.0.1.evil.example' }, 403],
    [{ host: '' }, 403],
    [{ host: 'a@127.0.0.1' }, 403],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: 'http://127.0.0.1:1' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ host: 'localhost:1' }, 200],
    [{ host: 'LOCALHOST.' }, 200],
    [{ host: '[::1]:8070' }, 200],
    [{ host: '10.1.2.3' }, 200],
    [{ authorization: `bearer  ${token}` }, 200],
    [{ origin: 'http://127.0.0.1:8070', 'sec-fetch-site': 'same-origin' }, 200],
    [{ 'sec-fetch-site': 'none' }, 200],
  ])('with %j: %d', async (headers, status) => {
    const { ask } = inspected();
    const answer = await ask('GET', '/inspect/v1', headers as Readonly<Record<string, string>>);
    expect(answer.status).toBe(status);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    if (status === 401) expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
  });

  it('is asked before anything is read or told: without the token every place looks the same', async () => {
    const { ask, books } = inspected();
    const wrong = { authorization: 'Bearer wrong' };
    const answers = [
      await ask('GET', '/inspect/v1/nobody', wrong),
      await ask('POST', '/inspect/v1/shelf/actions/take', wrong, JSON.stringify(by)),
      await ask('DELETE', '/inspect/v1', wrong),
    ];
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(books.taken).toEqual([]);
  });

  it('is answered by names that were given, too', async () => {
    const { ask } = inspected({ token: Secret.of(token), hosts: ['Inspect.internal'] });
    expect((await ask('GET', '/inspect/v1', { host: 'inspect.internal:80' })).status).toBe(200);
  });

  it('without a token: everybody may look, nobody act', async () => {
    const { ask, act, books } = inspected({});
    expect((await ask('GET', '/inspect/v1', { authorization: '' })).status).toBe(200);
    expect((await act('take', by)).status).toBe(403);
    expect(books.taken).toEqual([]);
  });

  it('can be decided by the host, who then also knows who acts', async () => {
    const authorize = async ({ headers }: Pick<InspectionRequest, 'headers'>) =>
      headers['authorization'] === `Bearer ${token}` ? { actor: 'grace', act: true } : undefined;
    const { act, audit } = inspected({ authorize });
    expect((await act('take', { ...by, actor: undefined })).status).toBe(200);
    expect((await act('take', { ...by, actor: 'ada' })).json).toMatchObject({ status: 400, path: 'actor' });
    expect((await act('take', by, { authorization: 'Bearer other' })).status).toBe(401);
    expect(audit.records.map(({ actor }) => actor)).toEqual(['grace', 'grace']);
  });
});

describe('acting', () => {
  it('is recorded before it is begun and when it is done, under one id', async () => {
    const { act, audit, books } = inspected();
    const { status, json } = await act('take', by);
    expect([status, json]).toMatchObject([200, { result: { taken: 1 }, audited: true }]);
    const record = { ...by, action: 'shelf.take', actionId: json.actionId };
    expect(audit.records).toEqual([
      { ...record, outcome: 'begun', details: {} },
      { ...record, outcome: 'done', details: {} },
    ]);
    expect(books.taken).toEqual(['Emma']);
  });

  it('is not begun when it cannot be recorded', async () => {
    const { act, audit, books } = inspected();
    audit.fails = true;
    expect((await act('take', by)).json).toMatchObject({ status: 503, code: 'INSPECT_NOT_AUDITED' });
    expect(books.taken).toEqual([]);
  });

  it('is not called failed when only the record of its end is missing', async () => {
    const { act, audit, logged } = inspected({
      token,
      audit: {
        record: async (record) => {
          if (record.outcome !== 'begun') throw new Error('the disk is full');
          await audit.record(record);
        },
      },
    });
    expect((await act('take', by)).json).toMatchObject({ result: { taken: 1 }, audited: false });
    expect([audit.records.map(({ outcome }) => outcome), logged]).toEqual([
      ['begun'],
      ['an action has ended and that could not be recorded'],
    ]);
  });

  it('that fails says so with its code, and with nothing of a foreign error', async () => {
    const { act, audit } = inspected();
    expect((await act('lend', by)).json).toMatchObject({ status: 409, code: 'WRITE_CONFLICT', actionId: expect.any(String) });
    const { status, body } = await act('burn', by);
    expect([status, body.includes('canary')]).toEqual([500, false]);
    expect(audit.records.map(({ outcome, details }) => [outcome, details?.['code']])).toEqual([
      ['begun', undefined],
      ['failed', 'WRITE_CONFLICT'],
      ['begun', undefined],
      ['failed', 'INTERNAL'],
    ]);
  });

  it('takes details that fit its schema, and records them', async () => {
    const { act, audit } = inspected();
    expect((await act('order', { ...by, details: { copies: 2, other: true } })).json.result).toEqual({ details: { copies: 2 } });
    expect(audit.records[0]?.details).toEqual({ details: { copies: 2 } });
  });

  it.each([
    ['order', { ...by, details: { copies: 'two' } }, 'details.copies'],
    ['order', by, 'details.copies'],
    ['take', { ...by, details: {} }, 'details'],
    ['take', { ...by, reason: ' ' }, 'reason'],
    ['take', { ...by, target: undefined }, 'target'],
    ['take', { ...by, actor: 7 }, 'actor'],
    ['take', { ...by, target: 'x'.repeat(501) }, 'target'],
    ['take', { ...by, force: true }, 'force'],
    ['take', '[]', 'body'],
    ['take', '{"target": ', 'body'],
    ['take', '', 'body'],
  ])('%s with %j is refused at %s, before anything is recorded', async (action, body, path) => {
    const { act, audit, books } = inspected();
    const { json } = await act(action, body);
    expect(json).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT', path });
    expect([audit.records, books.taken]).toEqual([[], []]);
  });

  it('has to be JSON of a bounded size', async () => {
    const { act } = inspected();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json-seq', '']) {
      expect((await act('take', by, { 'content-type': type })).status).toBe(415);
    }
    expect((await act('take', by, { 'content-type': 'application/json; charset=UTF-8' })).status).toBe(200);
    expect((await act('take', { ...by, reason: 'x'.repeat(70_000) })).status).toBe(413);
    expect((await act('take', by, { 'content-length': '70000' })).status).toBe(413);
  });
});

it('wrong options are named, and a token is not shown', () => {
  const audit = ledger();
  const make = (options: object): unknown => inspectionHandler({ inspectables: [], audit, ...options });
  expect(() => make({ token: 'canary' })).toThrow('inspectionHandler.token must be a Secret or a text of at least 16 characters');
  expect(() => make({ token: 'canary' })).not.toThrow('canary');
  expect(() => make({ token, authorize: async () => undefined })).toThrow('inspectionHandler.token must be left out');
  expect(() => make({ inspectables: [shelf(), shelf()] })).toThrow('a feature is there twice: shelf');
  // @ts-expect-error the audit is required
  expect(() => inspectionHandler({ inspectables: [] })).toThrow('inspectionHandler.audit is missing');
});
