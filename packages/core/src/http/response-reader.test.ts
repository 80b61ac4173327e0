import { describe, expect, it } from 'vitest';
import { answerSink, readAnswer, type ToldOfAnswer as Told } from '../../test/http/read-answer.ts';
import { ResponseReader } from './response-reader.ts';

const started = (method = 'GET'): { sink: ReturnType<typeof answerSink>; reader: ResponseReader; read: (text: string) => void } => {
  const sink = answerSink();
  const reader = new ResponseReader(sink);
  reader.expect(method);
  return { sink, reader, read: (text) => reader.read(Buffer.from(text, 'latin1')) };
};
const kinds = (told: readonly Told[]): string[] => told.map((each) => (each.kind === 'head' ? String(each.status) : each.kind));

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const untilClose = 'HTTP/1.1 200 OK\r\n\r\n';

describe('an answer', () => {
  it.each<[string, string, string[], string]>([
    ['GET', ok, ['200', 'data', 'end'], ''],
    ['GET', `${ok}HTTP`, ['200', 'data', 'end'], 'HTTP'],
    ['GET', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nok', ['200', 'end'], 'ok'],
    ['HEAD', ok, ['200', 'end'], 'ok'],
    ['HEAD', `${chunked}0\r\n\r\n`, ['200', 'end'], '0\r\n\r\n'],
    ['GET', 'HTTP/1.1 204 No\r\n\r\n\r\n', ['204', 'end'], '\r\n'],
    ['GET', 'HTTP/1.1 304 No\r\nContent-Length: 2\r\n\r\nok', ['304', 'end'], 'ok'],
    ['GET', `${chunked}2\r\nok\r\n0\r\n\r\n\r\n`, ['200', 'data', 'end'], '\r\n'],
    ['GET', `${untilClose}${ok}`, ['200', 'data', 'end'], ''],
    ['GET', untilClose, ['200', 'end'], ''],
    ['GET', `HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 103 Early\r\n\r\n${ok}x`, ['100', '103', '200', 'data', 'end'], 'x'],
    ['HEAD', `HTTP/1.1 103 Early\r\nContent-Length: 9\r\n\r\n${ok}`, ['103', '200', 'end'], 'ok'],
    ['GET', 'HTTP/1.1 101 Switched\r\n\r\n\0\x01', ['101', 'end'], '\0\x01'],
  ])('to %s is whole, and nothing behind it is read: %j', (method, text, told, leftover) => {
    const read = readAnswer(method, [text]);
    expect({ ...read, told: kinds(read.told) }).toMatchObject({ outcome: 'whole', told, leftover });
  });

  it.each([
    '',
    'HTTP/1.1 200 OK\r\n\r',
    ok.slice(0, -1),
    'HTTP/1.1 100 Go\r\n\r\n',
    `${chunked}2\r\nok\r\n`,
    `${chunked}2\r\nok\r\n0\r\n`,
    `${chunked}0\r\nA: b\r\n`,
  ])('that ends before its end is not: %j', (text) => void expect(readAnswer('GET', [text]).outcome).toBe('incomplete'));

  it.each([
    [`\r\n${ok}`, 'its first line is ""'],
    ['\r\n\r\n', 'its first line is ""'],
    ['\n', 'a line of its head ends in LF alone'],
    ['HTTP/1.1 200 OK\n', 'a line of its head ends in LF alone'],
    ['HTTP/1.1 200 OK\r\nA: b\n', 'a line of its head ends in LF alone'],
    ['HTTP/1.1 200 OK\n\n', 'a line of its head ends in LF alone'],
    ['HTTP/1.1 200 OK\r\n\n', 'a line of its head ends in LF alone'],
    ['HTTP/1.0 100 Go\r\n\r\n', 'an answer with status 100 ends the connection'],
    [`HTTP/1.1 103 Early\r\nConnection: close\r\n\r\n${ok}`, 'an answer with status 103 ends the connection'],
    ['HTTP/1.1 199 x\r\nContent-Length: 1\r\n\r\nx', 'it says that an answer with status 199 has a body'],
  ])('is none: %j', (text, problem) => void expect(readAnswer('GET', [text])).toMatchObject({ outcome: 'malformed', problem }));

  it('is told of as it comes', () => {
    const { sink, reader, read } = started();
    const steps = ['HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r', '\n', 'a', 'bc', 'de'].map((piece) => {
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

  it('has a head of at most 16 KiB, with its empty line, however it comes', () => {
    const head = (length: number): string => `HTTP/1.1 204 No\r\na: ${'b'.repeat(length - 24)}\r\n\r\n`;
    for (const cut of [(text: string) => [text], (text: string) => [text.slice(0, -2), text.slice(-2)], (text: string) => [...text]]) {
      expect(readAnswer('GET', cut(head(16_384))).outcome).toBe('whole');
      expect(readAnswer('GET', cut(head(16_385))).problem).toBe('its head took more than 16384 bytes');
    }
    expect(readAnswer('GET', ['x'.repeat(16_384)]).problem).toBe('its head took more than 16384 bytes');
  });

  it('follows another one on the same connection', () => {
    const { sink, reader, read } = started('HEAD');
    read(ok.slice(0, -2));
    reader.expect('GET');
    read(`${chunked}1\r\na\r\n0\r\n\r\n`);
    reader.expect('GET');
    for (const byte of ok) read(byte);
    expect(kinds(sink.told)).toEqual(['200', 'end', '200', 'data', 'end', '200', 'data', 'end']);
  });

  it('is read from its beginning where another one was given up', () => {
    const { sink, reader, read } = started();
    read(`HTTP/1.1 200 ${'x'.repeat(100)}`);
    reader.release();
    reader.expect('GET');
    read(ok);
    expect(kinds(sink.told)).toEqual(['200', 'data', 'end']);
  });
});

describe('a sink', () => {
  it('that lets go while it is told something gets what came behind that, and is told no more', () => {
    const { sink, reader, read } = started();
    let behind: Buffer | undefined;
    sink.onTold(() => {
      if (sink.told.length === 2) behind = reader.release();
    });
    read(`${chunked}2\r\nok\r\n0\r\n\r\nbehind`);
    read('more');
    reader.resume();
    expect([kinds(sink.told), behind?.toString(), reader.idle]).toEqual([['200', 'data'], '\r\n0\r\n\r\nbehind', true]);
  });

  it('that resumes while it is told something is told the next thing afterwards', () => {
    const { sink, reader, read } = started();
    let [depth, deepest] = [0, 0];
    sink.onTold(() => {
      deepest = Math.max(deepest, ++depth);
      reader.pause();
      reader.resume();
      depth--;
    });
    read(`${chunked}${'1\r\na\r\n'.repeat(3)}0\r\n\r\n`);
    expect([kinds(sink.told), deepest]).toEqual([['200', 'data', 'end'], 1]);
  });

  it('that takes over a connection that switches gets the first bytes of the other protocol', () => {
    for (const cut of [1, 30, 35, 36, 40]) {
      const text = 'HTTP/1.1 101 Switched\r\nUpgrade: x\r\n\r\n\0\x01\r\n\r\n\xff';
      const { sink, reader, read } = started();
      let behind = '';
      sink.onTold(() => {
        behind = reader.release()?.toString('latin1') ?? '';
      });
      read(text.slice(0, cut));
      if (sink.told.length === 0) read(text.slice(cut));
      else behind += text.slice(cut);
      expect([kinds(sink.told), behind]).toEqual([['101'], '\0\x01\r\n\r\n\xff']);
    }
  });

  it('that throws is not told the same again, and can be told the rest', () => {
    const { sink, reader, read } = started();
    sink.onTold(() => {
      throw new Error('once');
    });
    expect(() => read(ok)).toThrow('once');
    sink.onTold(() => {});
    reader.resume();
    expect(kinds(sink.told)).toEqual(['200', 'data', 'end']);
  });

  it('that heard of a malformed answer hears no more', () => {
    const { sink, reader, read } = started();
    for (const piece of ['HTTP/1.1 200 OK\n', ok, ok]) read(piece);
    reader.resume();
    expect([kinds(sink.told), reader.idle]).toEqual([['malformed'], true]);
  });
});
