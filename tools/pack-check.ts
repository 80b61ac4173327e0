// `npm run pack:check`: builds and packs every package, lays the tarballs out in an empty folder as an install would, and
// there imports each subpath with plain Node, compiles against it, opens an SQLite store and runs each program. Without it a file that only
// exists in the sources, a Worker above all, or a declaration that names one, is missed until somebody installs a release.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
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

interface LaidOut {
  readonly subpaths: readonly string[];
  /** Names of its programs, which are where npm would link them. */
  readonly programs: readonly string[];
}

/** Unpacks one package where npm would put it, with the third-party packages it declares and no others. */
function layOut({ name, filename }: Packed): LaidOut {
  const target = join(house, 'node_modules', name);
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', filename, '--strip-components=1', '-C', target]);
  const { exports, bin = {}, dependencies = {} } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')) as Manifest;
  for (const dependency of Object.keys(dependencies).filter((other) => !other.startsWith('@tutti/'))) {
    link(join('packages', name.replace('@tutti/', ''), 'node_modules', dependency), join(target, 'node_modules', dependency));
  }
  for (const [program, path] of Object.entries(bin)) link(join(target, path), join(house, 'node_modules/.bin', program));
  return { subpaths: Object.keys(exports).map((subpath) => join(name, subpath)), programs: Object.keys(bin) };
}

function link(existing: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(realpathSync(existing), path);
}

/** Runs a command line in the house, without the condition that leads to the sources. */
function must(what: string, program: string, command: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(program, command, { cwd: house, encoding: 'utf8', timeout: 120_000 });
  if (status !== 0) throw new Error(`${what}:\n${error?.message ?? ''}${stdout}${stderr}`);
}

try {
  execFileSync(process.execPath, ['--conditions=@tutti/source', 'tools/build.ts'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const packed = pack();
  const laidOut = packed.map(layOut);
  const subpaths = laidOut.flatMap((each) => each.subpaths);
  const programs = laidOut.flatMap((each) => each.programs);
  const imports = subpaths
    .filter((subpath) => !entries.test(subpath))
    .map((subpath, index) => `import * as part${index} from '${subpath}';`);
  link('node_modules/@types/node', join(house, 'node_modules/@types/node'));
  writeFileSync(join(house, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(house, 'main.ts'), `${imports.join('\n')}\n${storeOpens}`);
  const strict = ['--strict', '--target', 'es2024', '--lib', 'es2024,esnext.disposable', '--module', 'nodenext', '--types', 'node'];
  must('the packages do not run', process.execPath, ['main.ts']);
  must('the declarations do not compile', process.execPath, [resolve('node_modules/typescript/bin/tsc'), '--noEmit', ...strict, 'main.ts']);
  for (const program of programs) must(`${program} does not run`, join(house, 'node_modules/.bin', program), ['--help']);
  process.stdout.write(
    `${packed.length} packages: ${imports.length} subpaths import and compile from their tarballs, a store opens, ${programs.join(', ')} runs\n`,
  );
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
} finally {
  rmSync(house, { recursive: true, force: true });
}
