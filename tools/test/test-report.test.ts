import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { closingLine, slowestFiles, totals } from './test-report.ts';

const file = (name: string, status: string, ...tests: string[]) => ({
  name: join(process.cwd(), name),
  status,
  startTime: 1_000,
  endTime: 1_000 * (1 + tests.length),
  assertionResults: tests.map((test, index) => ({ fullName: `test ${index + 1}`, status: test })),
});

describe('the closing line', () => {
  it('adds up all suites', () => {
    const report = { broken: true, testResults: [file('a', 'failed', 'passed', 'passed', 'failed')] };
    expect(closingLine([report, report])).toBe('4 passed, 2 failed');
  });

  it('counts a file that could not be loaded as a failure', () => {
    expect(closingLine([{ broken: true, testResults: [file('broken', 'failed')] }])).toBe('0 passed, 1 failed');
  });

  it('counts a file that failed after its tests had passed', () => {
    expect(closingLine([{ broken: true, testResults: [file('a', 'failed', 'passed')] }])).toBe('1 passed, 1 failed');
  });

  it('never says that nothing failed when the run did', () => {
    expect(closingLine([{ broken: true, testResults: [file('a', 'passed', 'passed')] }])).toBe('1 passed, 1 failed');
    expect(closingLine([{ broken: true, testResults: [] }])).toBe('0 passed, 1 failed');
  });

  it('counts what was skipped', () => {
    expect(closingLine([{ broken: false, testResults: [file('a', 'passed', 'passed', 'skipped', 'todo')] }])).toBe(
      '1 passed, 0 failed, 2 skipped',
    );
  });
});

describe('the list of what was skipped', () => {
  it('names a file once when all of it was skipped, and single tests otherwise', () => {
    const report = {
      broken: false,
      testResults: [file('a.test.ts', 'passed', 'skipped', 'skipped'), file('b.test.ts', 'passed', 'passed', 'skipped')],
    };
    expect(totals([report]).skipped).toEqual(['a.test.ts', 'b.test.ts: test 2']);
  });
});

describe('the slowest files', () => {
  it('come first, and no more of them than asked for', () => {
    const testResults = [
      file('a', 'passed', 'passed'),
      file('b', 'passed', 'passed', 'passed', 'passed'),
      file('c', 'passed', 'passed', 'passed'),
    ];
    expect(slowestFiles([{ broken: false, testResults }], 2)).toEqual(['b: 3 s', 'c: 2 s']);
  });
});
