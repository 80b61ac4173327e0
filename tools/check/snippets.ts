import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lineOf, type TextFile } from './text-file.ts';

interface Snippet {
  readonly origin: string;
  readonly code: string;
  /** A `ts no-run` block only compiles. */
  readonly runs: boolean;
}

/** Compiled and run among the examples, where every package can be imported. */
const folder = 'examples/.snippets';

/** Code in a page or a docstring that nobody compiles and runs is wrong within a month. */
export async function snippetProblems(files: readonly TextFile[]): Promise<readonly string[]> {
  const snippets = files.flatMap((file) => (file.path.endsWith('.md') ? fencedIn(file) : exampleTagsIn(file)));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    const names = snippets.map(({ code }, index) => {
      const name = `snippet-${index}.ts`;
      writeFileSync(join(folder, name), code);
      return name;
    });
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../tsconfig.json',
        compilerOptions: { isolatedDeclarations: false, noUnusedLocals: false, declaration: false },
        include: ['*.ts'],
        exclude: [],
      }),
    );
    const { stdout } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit', '-p', folder], { encoding: 'utf8' });
    const wrong = [...stdout.matchAll(/snippet-(\d+)\.ts\((\d+).*?: (error .*)/g)].map(
      ([, index, line, what]) => `${snippets[Number(index)]?.origin} (line ${line} of the snippet): ${what}`,
    );
    if (wrong.length > 0) return wrong;
    return snippets.flatMap(({ origin, runs }, index) => (runs ? run(origin, join(folder, names[index] as string)) : []));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(origin: string, file: string): readonly string[] {
  const { status, stderr, error } = spawnSync(process.execPath, ['--conditions=@tutti/source', file], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  return status === 0 ? [] : [`${origin} does not run: ${error?.message ?? stderr.trim().split('\n').slice(0, 6).join(' | ')}`];
}

function fencedIn({ path, text }: TextFile): readonly Snippet[] {
  return [...text.matchAll(/^```ts( no-run)?\n([\s\S]*?)^```$/gm)].map((block) =>
    snippet(path, text, block.index, block[2] ?? '', block[1] === undefined),
  );
}

/** Fenced blocks inside docstrings, without the star at the beginning of each line. */
function exampleTagsIn({ path, text }: TextFile): readonly Snippet[] {
  return [...text.matchAll(/^( *\* )```ts( no-run)?\n([\s\S]*?)^ *\* ```$/gm)].map((block) =>
    snippet(path, text, block.index, (block[3] ?? '').replace(/^ *\* ?/gm, ''), block[2] === undefined),
  );
}

function snippet(path: string, text: string, index: number, code: string, runs: boolean): Snippet {
  return { origin: `${path}:${lineOf(text, index)}`, code: `${code}\nexport {};\n`, runs };
}
