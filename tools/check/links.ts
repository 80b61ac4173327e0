import { posix } from 'node:path';
import type { TextFile } from './text-file.ts';

/** A link to a file that moved sends the reader nowhere. Addresses outside the repository are not looked at. */
export function linkProblems(pages: readonly TextFile[], paths: readonly string[]): readonly string[] {
  const known = new Set(paths.flatMap((path) => [path, ...foldersOf(path)]));
  return pages
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap(({ path, text }) =>
      [...withoutCode(text).matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)[^)]*\)/g)]
        .map(([, target]) => posix.join(posix.dirname(path), target as string).replace(/\/$/, ''))
        .filter((target) => !known.has(target))
        .map((target) => `${path} links to ${target}, which is not there`),
    );
}

function foldersOf(path: string): readonly string[] {
  const folder = posix.dirname(path);
  return folder === '.' ? [] : [folder, ...foldersOf(folder)];
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');
}
