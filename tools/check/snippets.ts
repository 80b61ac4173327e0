import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isSource, lineOf, type TextFile } from './text-file.ts';

export interface Snippet {
  readonly origin: string;
  readonly code: string;
  /** A page's blocks are programs, unless marked `ts no-run`; those of docstrings only compile. */
  readonly runs: boolean;
}

/** Code in a page or a docstring that nobody compiles and runs is wrong within a month. */
export function snippetProblems(files: readonly TextFile[]): readonly string[] {
  const snippets = files.flatMap(snippetsIn);
  if (snippets.length === 0) return [];
  // among the examples, because there every package can be imported
  const folder = mkdtempSync(join('examples', '.snippets-'));
  try {
    for (const [index, { code }] of snippets.entries()) writeFileSync(join(folder, `snippet-${index}.ts`), code);
    const wrong = compile(folder, snippets);
    return wrong.length > 0 ? wrong : snippets.flatMap(({ origin, runs }, index) => (runs ? run(origin, folder, index) : []));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function snippetsIn({ path, text }: TextFile): readonly Snippet[] {
  if (path.endsWith('.md')) {
    return [...text.matchAll(/^```ts( no-run)?\n([\s\S]*?)^```$/gm)].map((block) =>
      snippet(path, text, block.index, block[2] ?? '', block[1] === undefined),
    );
  }
  if (!isSource(path)) return [];
  return [...text.matchAll(/^ *\* ```ts\n([\s\S]*?)^ *\* ```$/gm)].map((block) =>
    snippet(path, text, block.index, (block[1] ?? '').replace(/^ *\* ?/gm, ''), false),
  );
}

function snippet(path: string, text: string, index: number, code: string, runs: boolean): Snippet {
  return { origin: `${path}:${lineOf(text, index)}`, code: `${code}\nexport {};\n`, runs };
}

function compile(folder: string, snippets: readonly Snippet[]): readonly string[] {
  const compilerOptions = { isolatedDeclarations: false, noUnusedLocals: false, declaration: false };
  const tsconfig = { extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'], exclude: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
  const tsc = ['node_modules/typescript/bin/tsc', '--noEmit', '-p', folder];
  const { status, stdout } = spawnSync(process.execPath, tsc, { encoding: 'utf8' });
  const wrong = [...stdout.matchAll(/snippet-(\d+)\.ts\((\d+).*?: error (.*)/g)].map(
    ([, index, line, what]) => `${snippets[Number(index)]?.origin}, line ${line} of the snippet: ${what}`,
  );
  return status === 0 || wrong.length > 0 ? wrong : [`the snippets could not be compiled: ${stdout.trim()}`];
}

/** In an empty folder of its own, where it may leave files. */
function run(origin: string, folder: string, index: number): readonly string[] {
  const cwd = join(folder, `${index}`);
  mkdirSync(cwd);
  const command = ['--conditions=@tutti/source', resolve(folder, `snippet-${index}.ts`)];
  const { status, stderr, error } = spawnSync(process.execPath, command, { cwd, encoding: 'utf8', timeout: 30_000 });
  if (status === 0) return [];
  return [`${origin} does not run: ${error?.message ?? stderr.trim().split('\n').slice(0, 6).join(' | ')}`];
}
