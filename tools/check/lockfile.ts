import type { TextFile } from './text-file.ts';

/** A lockfile with addresses installs from one registry only. */
export function lockfileProblems(files: readonly TextFile[]): readonly string[] {
  return files
    .filter(({ path }) => path === 'pnpm-lock.yaml')
    .flatMap(({ path, text }) => [...text.matchAll(/^.*https?:\/\/.*$/gm)].map(([line]) => `${path} names an address: ${line.trim()}`));
}
