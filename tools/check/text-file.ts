/** A file of the repository. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** Sources of the packages, without their tests. */
export function isSource(path: string): boolean {
  return /^packages\/[^/]+\/src\/.*\.ts$/.test(path) && !path.endsWith('.test.ts');
}

export function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
