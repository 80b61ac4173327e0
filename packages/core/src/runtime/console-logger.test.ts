import { describe, expect, it } from 'vitest';
import { consoleLogger } from './console-logger.ts';

describe('the logger for people', () => {
  it('writes time, level, message and fields in a line, and errors with their stack below', () => {
    const lines: string[] = [];
    const logger = consoleLogger({ level: 'info', colours: false, write: (line) => lines.push(line) });
    logger.log('debug', 'not written');
    logger.log('info', 'listening', { port: 8080, host: 'localhost', tags: ['a b'] });
    logger.log('error', 'failed', { error: new Error('no disk') });
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}listening port=8080 host=localhost tags=\[ 'a b' \]\n$/);
    expect(lines[1]).toMatch(/ error failed\n {2}Error: no disk\n {6}at /);
    expect(lines).toHaveLength(2);
    expect(logger.enabled('debug')).toBe(false);
  });

  it('colours the level when asked to', () => {
    const lines: string[] = [];
    consoleLogger({ colours: true, write: (line) => lines.push(line) }).log('warn', 'careful');
    expect(lines[0]).toContain('\u001B[33mwarn ');
  });
});
