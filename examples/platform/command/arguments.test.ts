import { describe, expect, it } from 'vitest';
import { parseCommand } from './arguments.ts';

const file = { kind: 'sqlite' };
const redis = { kind: 'redis', url: 'redis://127.0.0.1:6379' };
const postgres = { kind: 'postgres', url: 'postgres://127.0.0.1/test' };

describe('the command line', () => {
  it.each([
    [[], { verb: 'serve', port: 8080, data: undefined, samples: true, events: file, sagas: file, registry: file }],
    [
      ['--port', '0', '--data', 'here', '--no-samples'],
      { verb: 'serve', port: 0, data: 'here', samples: false, events: file, sagas: file, registry: file },
    ],
    [
      ['analyze', 'a.pdf', '--json', 'b.txt'],
      { verb: 'analyze', files: ['a.pdf', 'b.txt'], json: true, textOut: undefined, events: file, sagas: file, registry: file },
    ],
    [
      ['analyze', '--text-out', 'texts', '--', '-odd-name.txt'],
      { verb: 'analyze', files: ['-odd-name.txt'], json: false, textOut: 'texts', events: file, sagas: file, registry: file },
    ],
    [
      ['--redis', 'redis://127.0.0.1:6379'],
      { verb: 'serve', port: 8080, data: undefined, samples: true, events: redis, sagas: redis, registry: file },
    ],
    [
      ['analyze', 'a.pdf', '--amqp', 'amqp://guest:guest@127.0.0.1'],
      {
        verb: 'analyze',
        files: ['a.pdf'],
        json: false,
        textOut: undefined,
        events: { kind: 'amqp', url: 'amqp://guest:guest@127.0.0.1' },
        sagas: file,
        registry: file,
      },
    ],
    [
      ['--postgres', 'postgres://127.0.0.1/test'],
      { verb: 'serve', port: 8080, data: undefined, samples: true, events: file, sagas: postgres, registry: file },
    ],
    [
      ['--redis', redis.url, '--postgres', 'postgres://127.0.0.1/test'],
      { verb: 'serve', port: 8080, data: undefined, samples: true, events: redis, sagas: postgres, registry: file },
    ],
    [
      ['--etcd', 'http://127.0.0.1:2379,https://ada:hush@10.0.0.2:2379'],
      {
        verb: 'serve',
        port: 8080,
        data: undefined,
        samples: true,
        events: file,
        sagas: file,
        registry: { kind: 'etcd', hosts: ['http://127.0.0.1:2379', 'https://ada:hush@10.0.0.2:2379'] },
      },
    ],
    [['analyze', '--help'], { verb: 'help' }],
  ])('%j', (args, command) => {
    expect(parseCommand(args)).toEqual(command);
  });

  it.each([
    [['analyse', 'a.pdf'], /unknown command 'analyse'/],
    [['analyze'], /at least one file/],
    [['analyze', 'a.pdf', '--jsn'], /--jsn/],
    [['--port', 'http'], /--port must be a number from 0 to 65535, got 'http'/],
    [['--port', '70000'], /--port/],
    [['--data', ''], /--data needs a folder/],
    [['--port', '0', 'extra'], /unexpected 'extra'/],
    [['--redis', 'localhost'], /--redis needs an address such as redis:/],
    [['--amqp', 'redis://127.0.0.1'], /--amqp needs an address such as amqp:/],
    [['--postgres', 'mysql://127.0.0.1'], /--postgres needs an address such as postgres:/],
    [['--etcd', 'http://127.0.0.1:2379,127.0.0.1'], /--etcd needs an address such as http:/],
    [['--redis', 'redis://a', '--amqp', 'amqp://a'], /one place/],
  ])('refuses %j', (args, message) => {
    expect(() => parseCommand(args)).toThrowError(message);
  });
});
