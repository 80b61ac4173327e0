import { describe, expect, it } from 'vitest';
import { closingLine } from './closing-line.ts';

const file = (name: string, status: string, ...tests: string[]) => ({
  name,
  status,
  assertionResults: tests.map((test, index) => ({ fullName: `${index}`, status: test })),
});

describe('the closing line', () => {
  it('adds up all suites', () => {
    const report = { numPassedTests: 2, numFailedTests: 1, testResults: [file('a', 'failed', 'passed', 'passed', 'failed')] };
    expect(closingLine([report, report])).toBe('4 passed, 2 failed');
  });

  it('counts a file that could not be loaded as a failure', () => {
    expect(closingLine([{ numPassedTests: 0, numFailedTests: 0, testResults: [file('broken', 'failed')] }])).toBe('0 passed, 1 failed');
  });

  it('counts what was skipped', () => {
    expect(closingLine([{ numPassedTests: 1, numFailedTests: 0, testResults: [file('a', 'passed', 'passed', 'skipped', 'todo')] }])).toBe(
      '1 passed, 0 failed, 2 skipped',
    );
  });
});
