import { relative } from 'node:path';

/** The part of vitest's JSON report that is counted here. */
export interface Report {
  /** Vitest said it failed, whatever the tests say: an unhandled rejection, or it fell over itself. */
  readonly broken: boolean;
  readonly testResults: readonly {
    /** The path of the file. */
    readonly name: string;
    readonly status: string;
    /** Milliseconds since 1970. */
    readonly startTime: number;
    readonly endTime: number;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  /** By name, so that nothing is skipped in silence; a file that is skipped as a whole is one entry. */
  readonly skipped: readonly string[];
  readonly skippedTests: number;
}

/** A file that could not even be loaded counts as one failure, and so does a run that broke although no test failed. */
export function totals(reports: readonly Report[]): Totals {
  const all = reports.map(ofOne);
  return {
    passed: sum(all.map(({ passed }) => passed)),
    failed: sum(all.map(({ failed }) => failed)),
    skipped: all.flatMap(({ skipped }) => skipped),
    skippedTests: sum(all.map(({ skippedTests }) => skippedTests)),
  };
}

export function closingLine(reports: readonly Report[]): string {
  const { passed, failed, skippedTests } = totals(reports);
  return `${passed} passed, ${failed} failed${skippedTests > 0 ? `, ${skippedTests} skipped` : ''}`;
}

/** Where the time went, the longest first. */
export function slowestFiles(reports: readonly Report[], count: number): readonly string[] {
  return reports
    .flatMap(({ testResults }) => testResults)
    .map(({ name, startTime, endTime }) => ({ name, seconds: (endTime - startTime) / 1_000 }))
    .sort((one, other) => other.seconds - one.seconds)
    .slice(0, count)
    .map(({ name, seconds }) => `${relative(process.cwd(), name)}: ${seconds.toFixed(0)} s`);
}

function ofOne({ broken, testResults }: Report): Totals {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failedTests = tests.filter(({ status }) => status === 'failed').length;
  const unloaded = testResults.filter(({ status, assertionResults }) => status === 'failed' && !assertionResults.some(hasFailed)).length;
  const failed = failedTests + unloaded;
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: failed === 0 && broken ? 1 : failed,
    skipped: testResults.flatMap(skippedIn),
    skippedTests: tests.filter(isSkipped).length,
  };
}

function skippedIn({ name, assertionResults }: Report['testResults'][number]): readonly string[] {
  const file = relative(process.cwd(), name);
  if (assertionResults.length > 0 && assertionResults.every(isSkipped)) return [file];
  return assertionResults.filter(isSkipped).map(({ fullName }) => `${file}: ${fullName}`);
}

function hasFailed({ status }: { readonly status: string }): boolean {
  return status === 'failed';
}

function isSkipped({ status }: { readonly status: string }): boolean {
  return status !== 'passed' && status !== 'failed';
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
