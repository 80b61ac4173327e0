import { describe, expect, it } from 'vitest';
import type { ResponseSink } from '../../src/http/response-sink.ts';
import { get, openDoor, type Serve } from './open-door.ts';

const bytes = (text: string): Buffer => Buffer.from(text);
const date = /\r\ndate: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT(?=\r\n)/;
const stays = '\r\nconnection: keep-alive\r\nkeep-alive: timeout=65\r\n\r\n';

/** What a client gets for one request, without the date. */
async function answered(serve: (response: ResponseSink) => void | Promise<void>, request = get()): Promise<string> {
  const asked: Serve = (_request, response) => serve(response);
  const { client } = await openDoor(asked);
  const one = client().send(request);
  await new Promise((resolve) => setTimeout(resolve, 30));
  one.socket.end();
  return (await one.closed()).replace(date, '');
}

describe('the framing of an answer', () => {
  it.each<[string, (response: ResponseSink) => void, string, string]>([
    [
      'with a length is that length',
      (response) => {
        response.begin(200, ['content-length', '5']);
        expect(response.write(bytes('he'))).toBe(true);
        response.end(bytes('llo'));
      },
      get(),
      `HTTP/1.1 200 OK\r\ncontent-length: 5${stays}hello`,
    ],
    [
      'without one is the length of all of it, where all is there at once',
      (response) => {
        response.begin(200, []);
        response.end(bytes('hello'));
      },
      get(),
      `HTTP/1.1 200 OK\r\ncontent-length: 5${stays}hello`,
    ],
    [
      'of nothing is a length, too',
      (response) => {
        response.begin(404, []);
        response.end();
      },
      get(),
      `HTTP/1.1 404 Not Found\r\ncontent-length: 0${stays}`,
    ],
    [
      'that comes in pieces is chunks, none of them empty',
      (response) => {
        response.begin(200, ['x', 'y']);
        response.write(bytes('hello'));
        response.write(bytes(''));
        response.end(bytes(' world, '.repeat(2)));
      },
      get(),
      `HTTP/1.1 200 OK\r\nx: y\r\ntransfer-encoding: chunked${stays}5\r\nhello\r\n10\r\n world,  world, \r\n0\r\n\r\n`,
    ],
    [
      'has its trailers behind it',
      (response) => {
        response.begin(200, ['trailer', 'x-after']);
        response.trail(['x-after', '1']);
        response.end(bytes('hello'));
      },
      get(),
      `HTTP/1.1 200 OK\r\ntrailer: x-after\r\ntransfer-encoding: chunked${stays}5\r\nhello\r\n0\r\nx-after: 1\r\n\r\n`,
    ],
    [
      'has no place for trailers with a length',
      (response) => {
        response.begin(200, ['content-length', '2']);
        response.trail(['x-after', '1']);
        response.end(bytes('ok'));
      },
      get(),
      `HTTP/1.1 200 OK\r\ncontent-length: 2${stays}ok`,
    ],
    [
      'of HEAD is said and not sent',
      (response) => {
        response.begin(200, ['content-length', '5']);
        response.write(bytes('he'));
        response.end(bytes('llo'));
      },
      'HEAD / HTTP/1.1\r\nHost: h\r\n\r\n',
      `HTTP/1.1 200 OK\r\ncontent-length: 5${stays}`,
    ],
    [
      'of 304 is said and not sent',
      (response) => {
        response.begin(304, ['content-length', '5']);
        response.end();
      },
      get(),
      `HTTP/1.1 304 Not Modified\r\ncontent-length: 5${stays}`,
    ],
    [
      'of 204 is none',
      (response) => {
        response.begin(204, []);
        response.end(bytes('hidden'));
      },
      get(),
      `HTTP/1.1 204 No Content${stays}`,
    ],
    [
      'to HTTP/1.0 in pieces ends with the connection',
      (response) => {
        response.begin(200, []);
        response.write(bytes('hel'));
        response.end(bytes('lo'));
      },
      'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
      'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello',
    ],
    [
      'is ours to say, as the connection is',
      (response) => {
        response.begin(200, ['transfer-encoding', 'gzip', 'Keep-Alive', 'timeout=1', 'connection', 'x-odd', 'content-length', '2']);
        response.end(bytes('ok'));
      },
      get(),
      `HTTP/1.1 200 OK\r\ncontent-length: 2${stays}ok`,
    ],
  ])('%s', async (_how, serve, request, expected) => {
    expect(await answered(serve, request)).toBe(expected);
  });

  it('is kept: what is too short or too long ends the connection, and nobody gets more than was said', async () => {
    const tooShort = await answered((response) => {
      response.begin(200, ['content-length', '5']);
      response.write(bytes('he'));
      response.end();
    });
    expect(tooShort).toMatch(/^$|\r\n\r\nhe$/);
    const tooLong = await answered((response) => {
      response.begin(200, ['content-length', '2']);
      response.end(bytes('hello'));
    });
    expect(tooLong).toBe('');
  });

  it('has nothing behind its end', async () => {
    const received = await answered((response) => {
      response.begin(200, []);
      response.end(bytes('hello'));
      response.write(bytes('HTTP/1.1 200 OK\r\n\r\n'));
      response.end(bytes('more'));
    });
    expect(received).toBe(`HTTP/1.1 200 OK\r\ncontent-length: 5${stays}hello`);
  });

  it('that is broken off cannot be taken for whole', async () => {
    for (const request of [get(), 'GET / HTTP/1.0\r\n\r\n']) {
      const { client } = await openDoor(async (_request, response) => {
        response.begin(200, []);
        response.write(bytes('hello'));
        await new Promise((resolve) => setTimeout(resolve, 20));
        response.destroy(new Error('broken'));
      });
      const one = client();
      const failures: unknown[] = [];
      one.socket.on('error', (error) => failures.push(error));
      const received = await one.send(request).closed();
      // without chunks only a reset tells
      if (request.includes('1.0')) expect(failures).toMatchObject([{ code: 'ECONNRESET' }]);
      else expect(received).toMatch(/5\r\nhello\r\n$/);
    }
  });
});

describe('the head of an answer', () => {
  it('has a date, unless it had one before', async () => {
    const { client } = await openDoor((_request, response) => {
      response.begin(200, ['Date', 'long ago']);
      response.end();
    });
    expect((await client().send(get()).until('\r\n\r\n')).match(/date: .*/gi)).toEqual(['Date: long ago']);
    const plain = await openDoor((_request, response) => {
      response.begin(200, []);
      response.end();
    });
    const received = await plain.client().send(get()).until('\r\n\r\n');
    expect(Math.abs(Date.parse(/\r\ndate: (.*)\r\n/.exec(received)?.[1] ?? '') - Date.now())).toBeLessThan(2_000);
  });

  it('has what was added by whoever was asked before', async () => {
    const received = await answered((response) => {
      response.added.push('x-added', '1');
      response.begin(200, ['a', 'b']);
      response.end();
    });
    expect(received).toMatch(/\r\na: b\r\nx-added: 1\r\n/);
  });

  it('closes where its writer wants that', async () => {
    const { client } = await openDoor((_request, response) => {
      response.begin(200, ['Connection', 'close', 'content-length', '2']);
      response.end(bytes('ok'));
    });
    expect(await client().send(get()).closed()).toMatch(/\r\nconnection: close\r\n\r\nok$/);
  });

  it.each([
    ['a value', ['x', 'a\r\ny: b']],
    ['a name', ['x\r\ny', 'a']],
    ['a value of another alphabet', ['x', '\u2028']],
    ['a nul', ['x', 'a\0b']],
  ])('cannot be split by %s', async (_what, fields) => {
    const problems: unknown[] = [];
    const received = await answered((response) => {
      const attempt = (what: () => void): void => {
        try {
          what();
        } catch (error) {
          problems.push((error as { code: string }).code);
        }
      };
      attempt(() => response.inform(103, fields));
      attempt(() => response.begin(200, [...fields]));
      expect(response.begun).toBe(false);
      response.begin(500, []);
      attempt(() => response.trail(fields));
      response.end();
    });
    expect(problems).toEqual(Array.from({ length: 3 }, () => expect.stringMatching(/^ERR_INVALID_(?:CHAR|HTTP_TOKEN)$/)));
    expect(received).toBe(`HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0${stays}`);
  });

  it.each([0, 99, 1_000, 20.5, Number.NaN])('cannot have the status %d', async (status) => {
    let problem: unknown;
    await answered((response) => {
      try {
        response.begin(status, []);
      } catch (error) {
        problem = error;
      }
      response.begin(500, []);
      response.end();
    });
    expect(problem).toMatchObject({ code: 'ERR_HTTP_INVALID_STATUS_CODE' });
  });

  it('comes after what was said before it, but not to HTTP/1.0', async () => {
    const serve = (response: ResponseSink): void => {
      response.inform(103, ['link', '</a>']);
      response.begin(200, ['content-length', '2']);
      response.inform(103, ['link', '</too-late>']);
      response.end(bytes('ok'));
    };
    expect(await answered(serve)).toBe(`HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2${stays}ok`);
    expect(await answered(serve, 'GET / HTTP/1.0\r\n\r\n')).toBe('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok');
  });

  it('is seen before anything follows where that is asked for', async () => {
    const { client } = await openDoor((_request, response) => {
      response.begin(200, ['content-type', 'text/event-stream']);
      response.flush();
      response.flush();
    });
    expect(await client().send(get()).until('\r\n\r\n')).toContain('transfer-encoding: chunked');
  });
});

describe('a client that does not take its answer', () => {
  it('makes its writer wait, and is served when it goes on', async () => {
    let [written, drained] = [0, 0];
    const { client } = await openDoor((_request, response) => {
      response.begin(200, []);
      const chunk = Buffer.alloc(65_536, 'x');
      const more = (): void => {
        while (written < 200) {
          written++;
          if (!response.write(chunk)) {
            response.whenDrained(() => {
              drained++;
              more();
            });
            return;
          }
        }
        response.end();
      };
      more();
    });
    const one = client();
    one.socket.pause();
    one.send(get());
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(written).toBeLessThan(200);
    one.socket.resume();
    const received = await one.until(/\r\n0\r\n\r\n$/);
    expect(received.split('x').length - 1).toBe(200 * 65_536);
    expect(drained).toBeGreaterThan(0);
    expect(await one.send(get()).until(/\r\n0\r\n\r\nHTTP\/1\.1 200/)).toBeDefined();
  });
});
