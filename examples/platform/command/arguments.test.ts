import { describe, expect, it } from 'vitest';
import { parseCommand } from './arguments.ts';

describe('the command line', () => {
  it.each([
    [[], { verb: 'serve', port: 8080, data: undefined, samples: true }],
    [['--port', '0', '--data', 'here', '--no-samples'], { verb: 'serve', port: 0, data: 'here', samples: false }],
    [['analyze', 'a.pdf', '--json', 'b.txt'], { verb: 'analyze', files: ['a.pdf', 'b.txt'], json: true, textOut: undefined }],
    [
      ['analyze', '--text-out', 'texts', '--', '-odd-name.txt'],
      { verb: 'analyze', files: ['-odd-name.txt'], json: false, textOut: 'texts' },
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
  ])('refuses %j', (args, message) => {
    expect(() => parseCommand(args)).toThrowError(message);
  });
});
