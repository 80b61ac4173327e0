import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { MessageReader } from '../../src/http/message-reader.ts';
import type { DispatchController, DispatchHandler, DispatchRequest } from '../../src/ports/http-dispatcher.ts';
import { eventually, faultScale } from '../../src/testing/index.ts';
import { type Asked, ask } from './asked.ts';
import { house, tidiesUp, turns } from './house.ts';
import { type Peer, sized } from './raw-server.ts';

tidiesUp();

/** One request, and what becomes of it. */
interface Plan {
  readonly framing: 'sized' | 'chunked' | 'until close';
  readonly size: number;
  readonly announced: boolean;
  readonly fate: 'whole' | 'last' | 'cut' | 'reset' | 'malformed' | 'more behind it';
  /** Where it is cut, as a share of the answer, and in how many pieces it comes. */
  readonly at: number;
  readonly pieces: number;
  readonly body: 'none' | 'text' | 'stream' | 'slow' | 'broken';
  readonly handler: 'hears' | 'gives up' | 'gives up later' | 'pauses' | 'throws' | 'asks again';
  readonly moment: 'onRequestStart' | 'onResponseStart' | 'onResponseData' | 'onResponseEnd' | 'onResponseError';
  /** Turns of the event loop before the next request. */
  readonly gap: number;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  framing: fc.constantFrom('sized', 'chunked', 'until close'),
  size: fc.constantFrom(0, 1, 10, 70_000),
  announced: fc.boolean(),
  fate: fc.constantFrom('whole', 'whole', 'whole', 'last', 'cut', 'reset', 'malformed', 'more behind it'),
  at: fc.double({ min: 0, max: 0.999, noNaN: true }),
  pieces: fc.integer({ min: 1, max: 4 }),
  body: fc.constantFrom('none', 'none', 'text', 'stream', 'slow', 'broken'),
  handler: fc.constantFrom('hears', 'hears', 'gives up', 'gives up later', 'pauses', 'pauses', 'throws', 'asks again'),
  moment: fc.constantFrom('onRequestStart', 'onResponseStart', 'onResponseData', 'onResponseEnd', 'onResponseError'),
  gap: fc.constantFrom(0, 0, 1, 3),
});

const bodyOf = (id: string, { size }: Plan): string => `${id}:${'x'.repeat(size)}`;

function headOf(id: string, { framing, fate, size, announced }: Plan): string {
  const length = { sized: `content-length: ${id.length + 1 + size}`, chunked: 'transfer-encoding: chunked', 'until close': 'x: y' }[
    framing
  ];
  const wrong = fate === 'malformed' ? ['content-length: 5', 'transfer-encoding: chunked'] : fate === 'last' ? ['connection: close'] : [];
  return [announced ? 'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK' : 'HTTP/1.1 200 OK', `x-id: ${id}`, length, ...wrong, '', ''].join(
    '\r\n',
  );
}

/** What the server sends, and then whether it ends the connection. */
function answerTo(id: string, planned: Plan): { readonly bytes: string; readonly ending: 'end' | 'reset' | undefined } {
  const { framing, fate, at } = planned;
  const body = bodyOf(id, planned);
  const framed = framing === 'chunked' ? `1\r\n${body[0]}\r\n${(body.length - 1).toString(16)}\r\n${body.slice(1)}\r\n0\r\n\r\n` : body;
  const bytes = headOf(id, planned) + framed;
  if (fate === 'cut' || fate === 'reset')
    return { bytes: bytes.slice(0, Math.floor(bytes.length * at)), ending: fate === 'cut' ? 'end' : 'reset' };
  if (fate === 'more behind it' && framing !== 'until close') return { bytes: bytes + sized('evil', 'x-id: evil'), ending: undefined };
  return { bytes, ending: fate === 'last' || framing === 'until close' ? 'end' : undefined };
}

async function answer(peer: Peer, id: string, planned: Plan): Promise<void> {
  const { bytes, ending } = answerTo(id, planned);
  const step = Math.ceil(bytes.length / planned.pieces) || 1;
  const behind = planned.fate === 'more behind it' ? 60 : 0; // comes together with the end of the answer
  for (let from = 0; from < bytes.length; ) {
    const rest = bytes.length - from;
    const piece = rest - step <= behind ? rest : step;
    peer.say(bytes.slice(from, from + piece));
    from += piece;
    if (from < bytes.length) await turns();
  }
  if (ending === 'end') peer.socket.end();
  if (ending === 'reset') peer.socket.resetAndDestroy();
}

function requestOf(id: string, { body }: Plan): Partial<DispatchRequest> {
  const path = `/${id}`;
  if (body === 'none') return { path };
  if (body === 'text') return { method: 'POST', path, body: id };
  async function* parts() {
    yield id;
    if (body !== 'stream') await turns();
    if (body === 'broken') throw new Error('broken');
    yield id;
  }
  return { method: 'POST', path, body: Readable.from(parts()) };
}

function handlerOf({ handler, moment }: Plan, askAgain: () => void): Partial<DispatchHandler> {
  const does = (control: DispatchController): void => {
    if (handler === 'asks again') askAgain();
    if (handler === 'throws') throw new Error('thrown');
    if (handler === 'gives up') control.abort(new Error('enough'));
    if (handler === 'pauses') {
      control.pause();
      void turns().then(() => control.resume());
    }
  };
  return handler === 'hears' ? {} : { [moment]: does };
}

/** Whether nobody has done anything for which the request could fail. */
function isInnocent({ fate, body, handler }: Plan): boolean {
  return ['whole', 'last', 'more behind it'].includes(fate) && body !== 'broken' && ['hears', 'pauses', 'asks again'].includes(handler);
}

/** The body that the server has sent as a whole one, if it has. */
function wholeBody(id: string, planned: Plan): string | undefined {
  const { fate, framing } = planned;
  if (fate === 'malformed' || fate === 'reset') return undefined;
  if (fate !== 'cut') return bodyOf(id, planned);
  return framing === 'until close' ? answerTo(id, planned).bytes.split('x: y\r\n\r\n')[1] : undefined;
}

/** What is against the law: a request has one end, and hears that its answer is whole if and only if the server has sent it so. */
function breach({ told, ends, error, headers, body }: Asked, id: string, planned: Plan, mayFail: boolean): string | undefined {
  if (ends !== 1) return `${id} has heard ${ends} ends`;
  if (told.at(-1) !== (error ? (error.code ?? error.message) : 'end')) return `${id} has heard more after its end: ${told}`;
  if (error) return mayFail || !isInnocent(planned) ? undefined : `${id} has failed: ${told}`;
  return headers['x-id'] === id && body === wholeBody(id, planned) ? undefined : `${id} was told ${headers['x-id']}, ${body.slice(0, 9)}`;
}

/** @param destroyAt Before which request the connections are destroyed, if before one. */
async function breaches(plans: readonly Plan[], maxConnections: number, destroyAt?: number): Promise<string[]> {
  const { server, connections } = await house(
    (peer, _head, path) => void answer(peer, path.slice(1), path.startsWith('/r') ? (plans[Number(path.slice(2))] as Plan) : plain),
    { maxConnections },
  );
  const mayFail = destroyAt !== undefined;
  const all: { readonly asked: Asked; readonly id: string; readonly planned: Plan }[] = [];
  const begin = (id: string, planned: Plan): Asked => {
    const again = (): void => void begin(`a${all.length}`, plain);
    const asked = ask(connections, requestOf(id, planned), handlerOf(planned, again));
    all.push({ asked, id, planned });
    return asked;
  };
  for (const [index, planned] of plans.entries()) {
    if (index === destroyAt) void connections.destroy();
    const asked = begin(`r${index}`, planned);
    if (planned.handler === 'gives up later') void turns().then(() => asked.controller?.abort(new Error('enough')));
    for (let turn = 0; turn < planned.gap; turn++) await turns();
  }
  const found: string[] = [];
  const quiet = () => eventually('all have heard an end', () => all.every(({ asked }) => asked.ends > 0), 3_000, 1).catch(() => {});
  await quiet();
  for (let each = 0; each < maxConnections; each++) begin(`z${each}`, plain);
  await quiet();
  await connections.destroy();
  await eventually('nothing is left', () => server.open === 0, 1_000, 1).catch(() => found.push('a connection is left'));
  for (const { asked, id, planned } of all) {
    const wrong = breach(asked, id, planned, mayFail);
    if (wrong !== undefined) found.push(wrong);
  }
  return found;
}

const plain: Plan = {
  framing: 'sized',
  size: 5,
  announced: false,
  fate: 'whole',
  at: 0,
  pieces: 1,
  body: 'none',
  handler: 'hears',
  moment: 'onResponseStart',
  gap: 0,
};

const plans = fc.array(plan, { minLength: 1, maxLength: 8 });

describe('whatever servers and handlers do', () => {
  it('each request has one end, and what is told as whole is what was sent to it', async () => {
    const holds = fc.asyncProperty(
      plans,
      fc.integer({ min: 1, max: 3 }),
      fc.option(fc.nat(7), { nil: undefined }),
      async (planned, maxConnections, destroyAt) => {
        expect(await breaches(planned, maxConnections, destroyAt)).toEqual([]);
      },
    );
    await fc.assert(holds, { seed: 20_261_130, numRuns: faultScale(2_000, 0.1), endOnFailure: true });
  });

  it('and a client that keeps what came behind an answer would break that', async () => {
    const isKept = vi.spyOn(MessageReader.prototype, 'unread', 'get').mockReturnValue(0);
    try {
      expect(await breaches([{ ...plain, fate: 'more behind it' }, plain], 1)).not.toEqual([]);
    } finally {
      isKept.mockRestore();
    }
    expect(await breaches([{ ...plain, fate: 'more behind it' }, plain], 1)).toEqual([]);
  });
});
