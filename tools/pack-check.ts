// `npm run pack:check`: builds and packs every package, lays the tarballs out in an empty folder and imports each subpath
// there with plain Node. Without it a file that only exists in the sources, a Worker above all, is missed until release.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const house = mkdtempSync(join(tmpdir(), 'tutti-pack-'));
const modules = join(house, 'node_modules');

/** Unpacks one package where npm would put it, with links to the third-party packages it declares, and no others. */
function layOut(folder: string): readonly string[] {
  const { name, exports, dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', house], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as [{ filename: string }];
  const target = join(modules, name);
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', join(house, packed.filename), '--strip-components=1', '-C', target]);
  for (const dependency of Object.keys(dependencies).filter((other) => !other.startsWith('@tutti/'))) {
    const link = join(target, 'node_modules', dependency);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(realpathSync(join(folder, 'node_modules', dependency)), link);
  }
  return Object.keys(exports)
    .map((subpath) => join(name, subpath))
    .filter((specifier) => !specifier.endsWith('/worker'));
}

const storeOpens = `
import { sqliteDatabase } from '@tutti/core/sqlite';
const database = sqliteDatabase({ path: './packed.db' });
await database.start();
await database.write({ name: 'packed', statements: [{ sql: 'CREATE TABLE packed (n INTEGER)', values: [] }, { sql: 'INSERT INTO packed VALUES (7)', values: [] }] });
const [row] = await database.read('SELECT n FROM packed');
await database.stop();
if (Number(row.n) !== 7) throw new Error('the store lost a row');
`;

try {
  execFileSync(process.execPath, ['--conditions=@tutti/source', 'tools/build.ts'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const specifiers = readdirSync('packages').flatMap((name) => layOut(join('packages', name)));
  writeFileSync(join(house, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(house, 'main.js'), `${specifiers.map((specifier) => `await import('${specifier}');`).join('\n')}\n${storeOpens}`);
  const { status, stderr } = spawnSync(process.execPath, ['main.js'], {
    cwd: house,
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  if (status !== 0) throw new Error(stderr);
  process.stdout.write(`${specifiers.length} subpaths import from their tarballs, and a store opens\n`);
} finally {
  rmSync(house, { recursive: true, force: true });
}
