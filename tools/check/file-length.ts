import type { TextFile } from './text-file.ts';

const longest = 400;

/** A file that nobody can read in one go is two files. */
export function lengthProblems(files: readonly TextFile[]): readonly string[] {
  return files
    .filter(({ path }) => /\.(ts|mjs)$/.test(path))
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > longest)
    .map(({ path, lines }) => `${path} has ${lines} lines; ${longest} is the most`);
}
