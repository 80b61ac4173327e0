import { pathToFileURL } from 'node:url';
import { isSource, type TextFile } from './text-file.ts';

const page = 'docs/reference/errors.md';

/** Every code has its heading and every heading its code: a user who looks an error up finds it. */
export async function errorPageProblems(files: readonly TextFile[]): Promise<readonly string[]> {
  const text = files.find(({ path }) => path === page)?.text ?? '';
  return differences(codesDescribedIn(text), await codesDefinedIn(files));
}

/** The codes of all exported error tables. */
async function codesDefinedIn(files: readonly TextFile[]): Promise<readonly string[]> {
  const codes: string[] = [];
  for (const { path } of files.filter(({ path, text }) => isSource(path) && /export const \w+Errors\b/.test(text))) {
    const exported = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
    for (const [name, table] of Object.entries(exported)) if (name.endsWith('Errors')) codes.push(...Object.keys(table as object));
  }
  return codes;
}

export function codesDescribedIn(text: string): readonly string[] {
  return [...text.matchAll(/^#{2,4} `([A-Z][A-Z0-9_]+)`$/gm)].map(([, code]) => code as string);
}

export function differences(described: readonly string[], defined: readonly string[]): readonly string[] {
  return [
    ...defined.filter((code) => !described.includes(code)).map((code) => `${page} does not describe ${code}`),
    ...described.filter((code) => !defined.includes(code)).map((code) => `${page} describes ${code}, which nothing throws`),
    ...described.filter((code, index) => described.indexOf(code) !== index).map((code) => `${page} describes ${code} twice`),
  ];
}
