// `npm run api`: writes what every subpath promises by its types into `api/`, from the declarations that a release would
// contain. Those pages are committed: without them a change of the public face is one line among hundreds in a review, or none
// at all when a type is inferred. `--check`, after a build, writes nothing and fails where a page is not what it would be.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { builtEntries, publicDeclarations } from './api/declarations.ts';

const committed = (): readonly string[] =>
  existsSync('api')
    ? readdirSync('api', { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.d.ts'))
        .map((path) => join('api', path))
    : [];

function check(pages: ReadonlyMap<string, string>): void {
  const differing = [...pages].filter(([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text).map(([path]) => path);
  const stale = committed().filter((path) => !pages.has(path));
  if (differing.length + stale.length === 0) return;
  const list = [...differing, ...stale].map((path) => `  ${path}`).join('\n');
  process.stderr.write(
    `the public declarations have changed:\n${list}\nIf that is meant, \`npm run api\` writes them; commit what it wrote.\n`,
  );
  process.exitCode = 1;
}

function write(pages: ReadonlyMap<string, string>): void {
  rmSync('api', { recursive: true, force: true });
  for (const [path, text] of pages) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  process.stdout.write(`${pages.size} subpaths written to api/\n`);
}

if (process.argv.includes('--check')) check(publicDeclarations(builtEntries()));
else {
  execFileSync(process.execPath, ['--conditions=@tutti/source', 'tools/build.ts'], { stdio: ['ignore', 'ignore', 'inherit'] });
  write(publicDeclarations(builtEntries()));
}
