import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { coreError } from '../errors/core-errors.ts';
import { pinoLogger } from './pino.ts';

describe('the logger on pino', () => {
  it('writes through pino at its levels, errors under the name its serializers know', () => {
    const lines: Record<string, unknown>[] = [];
    const logger = pinoLogger(pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) }));
    const error = coreError('INVALID_DATA', { path: 'a', problem: 'is wrong' });
    logger.log('debug', 'not written');
    logger.log('info', 'written', { pages: 3 });
    logger.log('error', 'failed', { error, count: 5n });
    expect([logger.enabled('debug'), logger.enabled('info')]).toEqual([false, true]);
    expect(lines).toMatchObject([
      { level: 30, msg: 'written', pages: 3 },
      { level: 50, msg: 'failed', count: '5', err: { code: 'INVALID_DATA', message: 'a is wrong' } },
    ]);
  });
});
