/** The part of vitest's JSON report that is counted here. */
export interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites?: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  /** By name, so that nothing is skipped in silence. */
  readonly skipped: readonly string[];
}

/** A file that could not even be loaded counts as one failure. */
export function totals(reports: readonly Report[]): Totals {
  const files = reports.flatMap((report) => report.testResults);
  const unloaded = files.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  return {
    passed: reports.reduce((sum, report) => sum + report.numPassedTests, 0),
    failed: reports.reduce((sum, report) => sum + report.numFailedTests, 0) + unloaded.length,
    skipped: files.flatMap(({ name, assertionResults }) =>
      assertionResults.filter(({ status }) => status !== 'passed' && status !== 'failed').map(({ fullName }) => `${name}: ${fullName}`),
    ),
  };
}

export function closingLine(reports: readonly Report[]): string {
  const { passed, failed, skipped } = totals(reports);
  return `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`;
}
