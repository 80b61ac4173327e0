import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type JwksFromOptions, jwksFrom } from './jwks-from.ts';

/** An issuer of one test; returns the URL of its keys. */
async function issuer(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
}

const json = (body: string, type = 'application/json', status = 200): RequestListener => {
  return (_request, response) => void response.writeHead(status, { 'content-type': type }).end(body);
};
const fetched = async (answer: RequestListener, options: JwksFromOptions = {}): Promise<unknown> =>
  jwksFrom(await issuer(answer), options)(AbortSignal.timeout(5_000));
const refusal = (problem: string) => ({ code: 'GATEWAY_KEYS_NOT_FETCHED', details: { problem } });

describe('the keys of an issuer', () => {
  it('are fetched as JSON', async () => {
    const keys = { keys: [{ kty: 'OKP' }] };
    for (const type of ['application/json', 'application/jwk-set+json', 'Application/JSON; charset=utf-8'])
      expect(await fetched(json(JSON.stringify(keys), type))).toEqual(keys);
  });

  it.each([
    ['the answer was 404', json('{}', 'application/json', 404)],
    ['the answer is no JSON', json('{"keys":[]}', 'text/html')],
    ['the answer is no JSON', (_request: unknown, response) => void response.end('{"keys":[]}')],
    ['the answer must be a JSON Web Key Set, got undefined', json('{"keys":[')],
    ['the answer must be a JSON Web Key Set, got an object without keys', json('{"error":"none"}')],
  ] as const satisfies readonly (readonly [string, RequestListener])[])('are not taken when %s', async (problem, answer) => {
    await expect(fetched(answer)).rejects.toMatchObject(refusal(problem));
  });

  it('are not looked for where a redirection leads', async () => {
    let asked = 0;
    const elsewhere = await issuer((request, response) => {
      asked++;
      json('{"keys":[]}')(request, response);
    });
    const redirect: RequestListener = (_request, response) => void response.writeHead(302, { location: elsewhere }).end();
    await expect(fetched(redirect)).rejects.toMatchObject(refusal('there was no answer'));
    expect(asked).toBe(0);
  });

  it('are read no further than they may be long', async () => {
    let closed = false;
    const endless: RequestListener = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).on('close', () => (closed = true));
      const more = (): void => {
        while (response.write('"'.repeat(65_536)));
        response.once('drain', more);
      };
      more();
    };
    await expect(fetched(endless, { maxBytes: 100_000 })).rejects.toMatchObject(refusal('the answer is larger than 100000 bytes'));
    await expect.poll(() => closed).toBe(true);
  });

  it('are not waited for longer than the signal says, before the answer and in it', async () => {
    const silent: RequestListener = () => {};
    const stalled: RequestListener = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{');
    };
    for (const [answer, problem] of [
      [silent, 'there was no answer'],
      [stalled, 'the answer broke off'],
    ] as const) {
      const fetch = jwksFrom(await issuer(answer));
      await expect(fetch(AbortSignal.timeout(100))).rejects.toMatchObject(refusal(problem));
    }
  });

  it('come over HTTPS, or from this machine', () => {
    for (const url of ['http://id.example/keys', 'ftp://id.example', 'keys', '', 'http://127.0.0.1.example/keys'])
      expect(() => jwksFrom(url)).toThrowError(expect.objectContaining({ details: expect.objectContaining({ path: 'jwksFrom.url' }) }));
    for (const url of ['https://id.example/keys', 'http://localhost:8080/keys', 'http://[::1]/keys'])
      expect(jwksFrom(url)).toBeTypeOf('function');
  });
});
