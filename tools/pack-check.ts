// `npm run pack:check`: builds and packs every package, lays the tarballs out in an empty folder as an install would, and
// there imports each subpath with plain Node, compiles against it and opens an SQLite store. Without it a file that only
// exists in the sources, a Worker above all, or a declaration that names one, is missed until somebody installs a release.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

interface Packed {
  readonly name: string;
  readonly filename: string;
}

const house = mkdtempSync(join(tmpdir(), 'tutti-pack-'));

/** Subpaths that are entries of threads and processes; nobody imports them. */
const entries = /\/(worker|keeper)$/;

const storeOpens = `
import { sqliteDatabase } from '@tutti/core/sqlite';
const database = sqliteDatabase({ path: './packed.db' });
await database.start();
const statements = [{ sql: 'CREATE TABLE packed (n INTEGER)', values: [] }, { sql: 'INSERT INTO packed VALUES (7)', values: [] }];
await database.write({ name: 'packed', statements });
const [row] = await database.read('SELECT n FROM packed');
await database.stop();
if (Number(row?.['n']) !== 7) throw new Error('the store lost a row');
`;

function pack(): readonly Packed[] {
  const { packageManager } = JSON.parse(readFileSync('package.json', 'utf8')) as { packageManager: string };
  const command = ['--yes', '--prefer-offline', packageManager, '-r', '--filter', './packages/*', '--loglevel=warn'];
  return JSON.parse(execFileSync('npx', [...command, 'pack', '--json', '--pack-destination', house], { encoding: 'utf8' })) as Packed[];
}

/** Unpacks one package where npm would put it, with the third-party packages it declares and no others; gives its subpaths. */
function layOut({ name, filename }: Packed): readonly string[] {
  const target = join(house, 'node_modules', name);
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', filename, '--strip-components=1', '-C', target]);
  const { exports, dependencies = {} } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')) as Manifest;
  for (const dependency of Object.keys(dependencies).filter((other) => !other.startsWith('@tutti/'))) {
    link(join('packages', name.replace('@tutti/', ''), 'node_modules', dependency), join(target, 'node_modules', dependency));
  }
  return Object.keys(exports).map((subpath) => join(name, subpath));
}

function link(existing: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(realpathSync(existing), path);
}

/** Runs a Node command line in the house, without the condition that leads to the sources. */
function must(what: string, command: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: house, encoding: 'utf8', timeout: 120_000 });
  if (status !== 0) throw new Error(`${what}:\n${stdout}${stderr}`);
}

try {
  execFileSync(process.execPath, ['--conditions=@tutti/source', 'tools/build.ts'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const packed = pack();
  const subpaths = packed.flatMap(layOut);
  const imports = subpaths
    .filter((subpath) => !entries.test(subpath))
    .map((subpath, index) => `import * as part${index} from '${subpath}';`);
  link('node_modules/@types/node', join(house, 'node_modules/@types/node'));
  writeFileSync(join(house, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(house, 'main.ts'), `${imports.join('\n')}\n${storeOpens}`);
  const strict = ['--strict', '--target', 'es2024', '--lib', 'es2024,esnext.disposable', '--module', 'nodenext', '--types', 'node'];
  must('the packages do not run', ['main.ts']);
  must('the declarations do not compile', [resolve('node_modules/typescript/bin/tsc'), '--noEmit', ...strict, 'main.ts']);
  process.stdout.write(`${packed.length} packages: ${imports.length} subpaths import and compile from their tarballs, a store opens\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
} finally {
  rmSync(house, { recursive: true, force: true });
}
