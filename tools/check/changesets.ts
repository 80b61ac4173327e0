import type { TextFile } from './text-file.ts';

/** A change that names no package, or a package that is versioned apart from the others, is noticed at the release. */
export function changesetProblems(files: readonly TextFile[]): readonly string[] {
  const manifests = files
    .filter(({ path }) => path.endsWith('package.json'))
    .map(({ text }) => JSON.parse(text) as { name: string; private?: boolean });
  const published = manifests.filter((manifest) => !manifest.private).map(({ name }) => name);
  const config = files.find(({ path }) => path === '.changeset/config.json');
  const { fixed } = JSON.parse(config?.text ?? '{ "fixed": [[]] }') as { fixed: readonly (readonly string[])[] };
  const together = fixed[0] ?? [];
  return [
    ...published
      .filter((name) => !together.includes(name))
      .map((name) => `.changeset/config.json does not version ${name} with the others`),
    ...together.filter((name) => !published.includes(name)).map((name) => `.changeset/config.json names ${name}, which is not published`),
    ...files.filter(({ path }) => /^\.changeset\/.*\.md$/.test(path)).flatMap((file) => problemsOf(file, published)),
  ];
}

function problemsOf({ path, text }: TextFile, published: readonly string[]): readonly string[] {
  const [, head] = /^---\n([\s\S]*?)^---\n[\s\S]*\S/m.exec(text) ?? [];
  if (head === undefined) return [`${path} has no packages, or says nothing about the change`];
  const names = [...head.matchAll(/^['"]?([^'"\s]+)['"]?: (?:major|minor|patch)$/gm)].map(([, name]) => name as string);
  return names.filter((name) => !published.includes(name)).map((name) => `${path} names ${name}, which is not published`);
}
