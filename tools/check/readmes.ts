import type { TextFile } from './text-file.ts';

const headings = ['Use', 'Guarantees', 'Limits today', 'How it works'];

/** The pages of all packages have the same shape, so that who has read one finds everything in the next. */
export function readmeProblems(files: readonly TextFile[], paths: readonly string[]): readonly string[] {
  const manifests = paths.filter((path) => /^packages\/[^/]+\/package\.json$/.test(path));
  return manifests.flatMap((manifest) => {
    const page = manifest.replace('package.json', 'README.md');
    const text = files.find(({ path }) => path === page)?.text;
    if (text === undefined) return [`${page} is missing`];
    const found = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    return found.join() === headings.join() ? [] : [`${page} has the headings ${found.join(', ')} instead of ${headings.join(', ')}`];
  });
}
