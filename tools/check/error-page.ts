import { pathToFileURL } from 'node:url';
import { isSource, type TextFile } from './text-file.ts';

const page = 'docs/reference/errors.md';

/** Every code has its heading and every heading its code: a user who looks an error up finds it. */
export async function errorPageProblems(files: readonly TextFile[]): Promise<readonly string[]> {
  const described = new Set(
    [...(files.find(({ path }) => path === page)?.text ?? '').matchAll(/^### `(\w+)`$/gm)].map(([, code]) => code as string),
  );
  const thrown = new Set<string>();
  for (const { path } of files.filter(
    ({ path, text }) => isSource(path) && text.includes('defineErrors(') && !path.endsWith('define-errors.ts'),
  )) {
    const exported = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
    for (const [name, table] of Object.entries(exported))
      if (name.endsWith('Errors')) for (const code of Object.keys(table as object)) thrown.add(code);
  }
  return [
    ...[...thrown].filter((code) => !described.has(code)).map((code) => `${page} does not describe ${code}`),
    ...[...described].filter((code) => !thrown.has(code)).map((code) => `${page} describes ${code}, which nothing throws`),
  ];
}
