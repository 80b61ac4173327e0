import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Options } from 'tsup';

const imports = /^(?:import|export) \{\n([\s\S]*?)\n\} from "((?:\.\.?\/)+)(chunk-\w+)\.js";$/gm;
const bareImport = /^import "((?:\.\.?\/)+)(chunk-\w+)\.js";$/gm;
const ownExports = /^export \{\n([\s\S]*?)\n\};$/m;

/**
 * What the main entry shares with the other entries lies in a dozen small files, and reading them costs whoever imports it more than running
 * them. They become one, `shared.js`, and whoever imported one of them imports that.
 */
export async function mergeChunks(dist: string, options: Options): Promise<void> {
  const chunks = [...reachable(dist, 'index')];
  if (chunks.length < 2) return;
  const merging = join(dist, 'merging.js');
  const lines = chunks.map((chunk, index) => {
    const names = namesIn(ownExports.exec(readFileSync(join(dist, `${chunk}.js`), 'utf8'))?.[1] ?? '');
    return names.length === 0
      ? ''
      : `export { ${names.map(([, name]) => `${name} as c${index}_${name}`).join(', ')} } from './${chunk}.js';\n`;
  });
  writeFileSync(merging, lines.join(''));
  await build({ ...options, entry: { shared: merging }, outDir: dist, dts: false, clean: false, splitting: false });
  for (const file of globSync('**/*.js', { cwd: dist }).filter((name) => name !== 'shared.js')) rewrite(join(dist, file), chunks);
  for (const file of [merging, ...chunks.map((chunk) => join(dist, `${chunk}.js`))]) rmSync(file);
}

function reachable(dist: string, file: string, found: Set<string> = new Set()): Set<string> {
  const text = readFileSync(join(dist, `${file}.js`), 'utf8');
  for (const [, , , chunk = ''] of text.matchAll(imports)) {
    if (found.has(chunk)) continue;
    found.add(chunk);
    reachable(dist, chunk, found);
  }
  return found;
}

function rewrite(path: string, chunks: readonly string[]): void {
  const text = readFileSync(path, 'utf8');
  const renamed = text.replace(imports, (statement, names: string, up: string, chunk: string) => {
    const index = chunks.indexOf(chunk);
    if (index === -1) return statement;
    const verb = statement.slice(0, 6);
    return `${verb} { ${namesIn(names)
      .map(([from, to]) => `c${index}_${from} as ${to}`)
      .join(', ')} } from "${up}shared.js";`;
  });
  const whole = renamed.replace(bareImport, (statement, up: string, chunk: string) =>
    chunks.includes(chunk) ? `import "${up}shared.js";` : statement,
  );
  if (whole !== text) writeFileSync(path, whole);
}

/** Pairs of the name there and the name here. */
function namesIn(list: string): readonly (readonly [string, string])[] {
  return list
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
    .map((entry) => {
      const [from = '', to = from] = entry.split(' as ');
      return [from, to] as const;
    });
}
