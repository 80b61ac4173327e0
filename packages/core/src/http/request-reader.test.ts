import { describe, expect, it } from 'vitest';
import { readRequest, requestSink, type ToldOfRequest } from '../../test/http/read-request.ts';
import { RequestReader } from './request-reader.ts';

const started = (maxHeadBytes = 16_384) => {
  const sink = requestSink();
  const reader = new RequestReader(sink, maxHeadBytes);
  reader.next();
  return { sink, reader, read: (text: string): void => reader.read(Buffer.from(text, 'latin1')) };
};
/** As `/path`, `data`, `end` and `malformed`. */
const kinds = (told: readonly ToldOfRequest[]): string[] => told.map((each) => (each.kind === 'head' ? each.target : each.kind));

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;
const post = 'POST /p HTTP/1.1\r\nContent-Length: 2\r\n\r\nok';
const chunked = 'POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n';
const inOne = (text: string): string[] => [text];
const byteByByte = (text: string): string[] => [...text];

describe('a request', () => {
  it.each<[string, string[], string]>([
    [get('/'), ['/', 'end'], ''],
    [`${get('/')}GET`, ['/', 'end'], 'GET'],
    [`${get('/a')}${get('/b')}`, ['/a', 'end'], get('/b')],
    [`${get('/')}\r\n`, ['/', 'end'], '\r\n'],
    ['GET / HTTP/1.0\r\n\r\n', ['/', 'end'], ''],
    [post, ['/p', 'data', 'end'], ''],
    [`${post}\r\n${post}`, ['/p', 'data', 'end'], `\r\n${post}`],
    ['POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\nok', ['/', 'end'], 'ok'],
    ['POST / HTTP/1.1\r\n\r\nok', ['/', 'end'], 'ok'],
    ['GET / HTTP/1.1\r\nContent-Length: 2\r\n\r\nokx', ['/', 'data', 'end'], 'x'],
    ['HEAD / HTTP/1.1\r\nContent-Length: 2\r\n\r\nokx', ['/', 'data', 'end'], 'x'],
    [`${chunked}2\r\nok\r\n0\r\n\r\n\r\n`, ['/c', 'data', 'end'], '\r\n'],
    [`${chunked}0\r\n\r\n${get('/')}`, ['/c', 'end'], get('/')],
    [`${chunked}1;a=b\r\nx\r\n0\r\nA: b\r\n\r\n${get('/')}`, ['/c', 'data', 'end'], get('/')],
    [`${chunked}${get('/').length.toString(16)}\r\n${get('/')}\r\n0\r\n\r\n`, ['/c', 'data', 'end'], ''],
    ['CONNECT h:443 HTTP/1.1\r\n\r\n\x16\x03', ['h:443', 'end'], '\x16\x03'],
    ['GET / HTTP/1.1\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n\0\xff', ['/', 'end'], '\0\xff'],
    ['POST / HTTP/1.1\r\nUpgrade: x\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\nok\0', ['/', 'data', 'end'], '\0'],
  ])('is whole, and nothing behind it is read: %j', (text, told, leftover) => {
    for (const cut of [inOne, byteByByte]) {
      const read = readRequest(cut(text));
      expect({ ...read, told: kinds(read.told) }).toMatchObject({ outcome: 'whole', told, leftover });
    }
  });

  it.each([
    '',
    'G',
    'GET / HTTP/1.1\r\n',
    'GET / HTTP/1.1\r\n\r',
    post.slice(0, -1),
    `${chunked}2\r\nok\r\n`,
    `${chunked}0\r\n`,
    `${chunked}0\r\nA: b\r\n`,
  ])('that ends before its end is not: %j', (text) => void expect(readRequest([text]).outcome).toBe('incomplete'));

  it.each([
    ['\n', 'a line of its head ends in LF alone'],
    ['GET / HTTP/1.1\n', 'a line of its head ends in LF alone'],
    ['GET / HTTP/1.1\n\n', 'a line of its head ends in LF alone'],
    ['GET / HTTP/1.1\r\nA: b\n', 'a line of its head ends in LF alone'],
    ['GET / HTTP/1.1\r\n\n', 'a line of its head ends in LF alone'],
    ['GET / HTTP/1.1\nA: b\r\n\r\n', 'its first line is "GET / HTTP/1.1\\nA: b"'],
    ['GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n', 'a line of its head is none: "A: b\\nC: d"'],
    ['HTTP/1.1 200 OK\r\n\r\n', 'its first line is "HTTP/1.1 200 OK"'],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'its first line is "PRI * HTTP/2.0"'],
    ['POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx', 'its length is ["1","1"]'],
    [`${chunked.slice(0, -2)}Content-Length: 1\r\n\r\n0\r\n\r\n`, 'it has both a length and a transfer coding'],
    ['CONNECT h:443 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx', 'it says that a CONNECT has a body'],
    [`${chunked}2 \r\nok\r\n0\r\n\r\n`, 'the size of a chunk is "2 "'],
    [`${chunked}2\r\nokay\r\n0\r\n\r\n`, 'a chunk is longer than it says'],
    [`${chunked}0\r\nContent-Length: 1\r\n\r\n`, 'its trailers say how it is framed'],
    [`${chunked}0\r\nA : b\r\n\r\n`, 'a line of its head is none: "A : b"'],
  ])('is none: %j', (text, problem) => void expect(readRequest([text])).toMatchObject({ outcome: 'malformed', problem }));

  it.each([
    '\x16\x03\x01\x02',
    'get ',
    ' ',
    '\t',
    '\0',
    '\xef\xbb\xbf',
    '5\r\n',
    '*',
    '[',
    '@',
    '{"',
    '\rG',
    '\r\r',
    '\r\0',
    '\r\n\0',
    '\r\n\rG',
  ])('is known to be none by its first bytes: %j', (text) => {
    for (const cut of [inOne, byteByByte])
      expect(readRequest(cut(text))).toMatchObject({ outcome: 'malformed', problem: 'it does not begin as one' });
  });

  it.each(['A', 'Z', 'G', 'X', '\r', '\r\n', '\r\n\r', '\r\n\r\nG'])('may begin with %j', (text) => {
    for (const cut of [inOne, byteByByte]) expect(readRequest(cut(text)).outcome).toBe('incomplete');
  });

  it.each([1, 2, 100])('may come behind %d empty lines, however they are cut', (count) => {
    const text = '\r\n'.repeat(count) + get('/');
    for (const cut of [inOne, byteByByte, (all: string) => [all.slice(0, 1), all.slice(1)], (all: string) => all.match(/.{1,3}/gs) ?? []]) {
      expect(kinds(readRequest(cut(text)).told)).toEqual(['/', 'end']);
    }
  });

  it('leaves nothing unread of empty lines', () => {
    const { sink, reader, read } = started();
    for (let each = 0; each < 20_000; each++) read('\r\n');
    expect([reader.unread, sink.told]).toEqual([0, []]);
    read(post);
    expect(kinds(sink.told)).toEqual(['/p', 'data', 'end']);
  });

  it('is told of as it comes', () => {
    const { sink, reader, read } = started();
    const steps = ['POST / HTTP/1.1\r\nContent-Length: 4\r\n\r', '\n', 'a', 'bc', 'de'].map((piece) => {
      read(piece);
      return [sink.told.length, reader.idle, reader.unread > 0];
    });
    expect(steps).toEqual([
      [0, false, true],
      [1, false, false],
      [2, false, false],
      [2, false, false],
      [3, true, true],
    ]);
    expect(reader.release()?.toString()).toBe('e');
  });

  it('has trailers, which are told at its end', () => {
    for (const cut of [inOne, byteByByte]) {
      const { told } = readRequest(cut(`${chunked}1\r\nx\r\n0\r\nA: b\r\na:c \r\n\r\n`));
      expect(told.slice(1)).toEqual([
        { kind: 'data', text: 'x' },
        { kind: 'end', trailers: ['A', 'b', 'a', 'c'] },
      ]);
    }
  });
});

describe('the head of a request', () => {
  const empty = 'GET / HTTP/1.1\r\na: \r\n\r\n';
  const ofLength = (length: number): string => empty.replace('a: ', `a: ${'b'.repeat(length - empty.length)}`);
  const readOf = (pieces: readonly string[], maxHeadBytes: number) => {
    const { sink, read } = started(maxHeadBytes);
    for (const piece of pieces) read(piece);
    return { told: kinds(sink.told), problem: sink.problem, isTooLong: sink.isTooLong };
  };
  const cuts = [inOne, byteByByte, (text: string) => [text.slice(0, -2), text.slice(-2)]];

  it.each([100, 1_000, 16_384])('takes at most %d bytes where that is said, with its empty line, however it comes', (most) => {
    for (const cut of cuts) {
      expect(readOf(cut(ofLength(most)), most).told).toEqual(['/', 'end']);
      expect(readOf(cut(`\r\n\r\n${ofLength(most)}`), most).told).toEqual(['/', 'end']);
      expect(readOf(cut(ofLength(most + 1)), most)).toEqual({
        told: ['malformed'],
        problem: `its head took more than ${most} bytes`,
        isTooLong: true,
      });
    }
    expect(readOf(['G'.repeat(most)], most).isTooLong).toBe(true);
    expect(readOf(['G'.repeat(most - 1)], most).told).toEqual([]);
  });

  it('is not too long where something else is wrong with it', () => {
    for (const text of ['GET / HTTP/1.1\n', 'x', 'GET x HTTP/1.1\r\n\r\n', `${chunked}x\r\n`, `${chunked}0\r\n${'a: b\r\n'.repeat(3_000)}`])
      expect(readOf([text], 16_384)).toMatchObject({ told: expect.arrayContaining(['malformed']), isTooLong: false });
  });
});

describe('requests on one connection', () => {
  const all = `${get('/1')}${post}\r\n${chunked}1\r\nx\r\n0\r\nA: b\r\n\r\n${get('/2')}`;
  const toldOfAll = ['/1', 'end', '/p', 'data', 'end', '/c', 'data', 'end', '/2', 'end'];

  it('are read one after the other by a sink that awaits the next at the end of each, and not deeper in each other', () => {
    for (const cut of [inOne, byteByByte]) {
      const { sink, reader, read } = started();
      let [depth, deepest] = [0, 0];
      sink.onTold(({ kind }) => {
        deepest = Math.max(deepest, ++depth);
        if (kind === 'end') reader.next();
        depth--;
      });
      for (const piece of cut(all)) read(piece);
      expect([kinds(sink.told), deepest, reader.idle, reader.unread]).toEqual([toldOfAll, 1, false, 0]);
    }
  });

  it('are not begun before they are awaited', () => {
    const { sink, reader, read } = started();
    read(all);
    for (const told of [2, 5, 8]) {
      expect([kinds(sink.told), reader.idle, reader.unread > 0]).toEqual([toldOfAll.slice(0, told), true, true]);
      reader.resume();
      expect(sink.told.length).toBe(told);
      reader.next();
    }
    expect([kinds(sink.told), reader.idle, reader.unread]).toEqual([toldOfAll, true, 0]);
  });

  it('may be a thousand in one piece', () => {
    const { sink, reader, read } = started();
    sink.onTold(({ kind }) => {
      if (kind === 'end') reader.next();
    });
    read(get('/').repeat(1_000));
    expect(sink.told.length).toBe(2_000);
  });

  it('are kept while none is awaited, in all the pieces in which they come', () => {
    const { sink, reader, read } = started();
    read(get('/1'));
    for (const piece of get('/2')) read(piece);
    expect([kinds(sink.told), reader.unread]).toEqual([['/1', 'end'], get('/2').length]);
    reader.next();
    expect(kinds(sink.told)).toEqual(['/1', 'end', '/2', 'end']);
  });

  it.each(['head', 'data'])('are not begun in the middle of one, even if the sink awaits the next at its %s', (moment) => {
    const text = `POST /1 HTTP/1.1\r\nContent-Length: ${get('/smuggled').length + 1}\r\n\r\nx${get('/smuggled')}`;
    for (const cut of [inOne, byteByByte]) {
      const { sink, reader, read } = started();
      sink.onTold(({ kind }) => {
        if (kind === moment) reader.next();
      });
      for (const piece of cut(text)) read(piece);
      read(get('/2'));
      expect(kinds(sink.told)).toEqual(['/1', 'data', 'end']);
      reader.next();
      expect(kinds(sink.told)).toEqual(['/1', 'data', 'end', '/2', 'end']);
    }
  });

  it('are not resumed by awaiting the next one in the middle of one', () => {
    const { sink, reader, read } = started();
    read(post.slice(0, -2));
    reader.pause();
    read('ok');
    reader.next();
    expect(kinds(sink.told)).toEqual(['/p']);
    reader.resume();
    expect(kinds(sink.told)).toEqual(['/p', 'data', 'end']);
  });

  it.each(['GET x HTTP/1.1\r\n\r\n', 'GET / HTTP/1.1\n', 'x', `${chunked}1 \r\n`, `${chunked}1\r\nxx`])(
    'end with one that is none: %j',
    (text) => {
      const { sink, reader, read } = started();
      sink.onTold(({ kind }) => {
        if (kind === 'malformed') reader.next();
      });
      read(`${text}${get('/1')}`);
      reader.next();
      read(get('/2'));
      reader.next();
      reader.resume();
      expect([kinds(sink.told).filter((kind) => kind !== '/c' && kind !== 'data'), reader.idle]).toEqual([['malformed'], true]);
    },
  );

  it('that the client ends are over only between two of them', () => {
    const { reader, read } = started();
    read(get('/1'));
    expect(reader.finish()).toBe(true);
    reader.next();
    read(get('/2').slice(0, -1));
    expect(reader.finish()).toBe(false);
  });
});

describe('a sink', () => {
  it('that pauses is told nothing until it resumes', () => {
    const { sink, reader, read } = started();
    sink.onTold(() => reader.pause());
    read(`${chunked}1\r\na\r\n1\r\nb\r\n0\r\n\r\n${get('/2')}`);
    const seen = [kinds(sink.told)];
    for (let each = 0; each < 3; each++) {
      reader.resume();
      seen.push(kinds(sink.told));
    }
    expect(seen).toEqual([['/c'], ['/c', 'data'], ['/c', 'data'], ['/c', 'data', 'end']]);
    expect(sink.told[1]).toMatchObject({ text: 'ab' });
    reader.next();
    expect(kinds(sink.told)).toEqual(['/c', 'data', 'end', '/2']);
    reader.resume();
    expect(kinds(sink.told)).toEqual(['/c', 'data', 'end', '/2', 'end']);
  });

  it('that takes over a connection gets the first bytes of the other protocol', () => {
    const head = 'GET / HTTP/1.1\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n';
    const text = `${head}\0\x01\r\n\r\n\xff`;
    for (let cut = 1; cut < text.length; cut++) {
      const { sink, reader, read } = started();
      let behind: string | undefined;
      sink.onTold(({ kind }) => {
        if (kind === 'head') behind = reader.release()?.toString('latin1') ?? '';
      });
      read(text.slice(0, cut));
      if (behind === undefined) read(text.slice(cut));
      else behind += text.slice(cut);
      expect([kinds(sink.told), behind, reader.unread]).toEqual([['/'], '\0\x01\r\n\r\n\xff', 0]);
    }
  });

  it('that lets go in the middle of a body gets what came behind what it was told', () => {
    const { sink, reader, read } = started();
    let behind: Buffer | undefined;
    sink.onTold(({ kind }) => {
      if (kind === 'data') behind = reader.release();
    });
    read(`${chunked}2\r\nok\r\n0\r\n\r\nbehind`);
    read('more');
    reader.resume();
    expect([kinds(sink.told), behind?.toString(), reader.idle]).toEqual([['/c', 'data'], '\r\n0\r\n\r\nbehind', true]);
  });

  it('that throws is not told the same again, and can be told the rest', () => {
    const { sink, reader, read } = started();
    sink.onTold(() => {
      throw new Error('once');
    });
    expect(() => read(post)).toThrow('once');
    sink.onTold(() => {});
    reader.resume();
    expect(kinds(sink.told)).toEqual(['/p', 'data', 'end']);
  });
});
