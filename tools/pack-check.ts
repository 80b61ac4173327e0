// `npm run pack:check`: builds and packs every package, lays the tarballs out in an empty folder as an install would, and
// there imports each subpath with plain Node, compiles against it, opens an SQLite store and runs each program. Without it a file that only
// exists in the sources, a Worker above all, or a declaration that names one, is missed until somebody installs a release.
// Then the manifests and declarations are linted, sizes held against their ceilings, and words looked for that do not belong.
// `--set-ceilings` writes the ceilings anew, a tenth above what each subpath takes.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bleeding } from './pack/bleed.ts';
import { House } from './pack/house.ts';
import { importCost, importProblems } from './pack/import-cost.ts';
import { manifestProblems, typeProblems } from './pack/lint.ts';
import { isAdapter, isProgram, type Subpath } from './pack/manifest.ts';
import { setCeilings, sizeProblems, sizesOf } from './pack/sizes.ts';

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

const importsOf = (subpaths: readonly Subpath[]): string =>
  subpaths.map(({ name }, index) => `import * as part${index} from '${name}';\n`).join('');

/** First what needs nothing, in a folder that has nothing; then the adapters, beside the clients their users bring. */
function mustInstall(house: House): number {
  const importable = house.subpaths.filter((subpath) => !isProgram(subpath));
  writeFileSync(join(house.folder, 'main.ts'), `${importsOf(importable.filter((subpath) => !isAdapter(subpath)))}${storeOpens}`);
  house.must('the packages do not run', ['main.ts']);
  house.addPeers();
  writeFileSync(join(house.folder, 'everything.ts'), importsOf(importable));
  house.must('the adapters do not run beside their clients', ['everything.ts']);
  house.add('@types/node');
  const strict = ['--strict', '--target', 'es2024', '--lib', 'es2024,esnext.disposable', '--module', 'nodenext', '--types', 'node'];
  const tsc = resolve('node_modules/typescript/bin/tsc');
  house.must('the declarations do not compile', [tsc, '--noEmit', ...strict, 'main.ts', 'everything.ts']);
  return importable.length;
}

async function problemsOf(house: House): Promise<readonly string[]> {
  const sizes = await sizesOf(house);
  if (process.argv.includes('--set-ceilings')) setCeilings(sizes);
  const cost = importCost(house);
  process.stdout.write(`importing @tutti/core adds ${cost.ms.toFixed(1)} ms and ${cost.mebibytes.toFixed(1)} MiB to Node alone\n`);
  return [
    ...(await manifestProblems(house)),
    ...(await typeProblems(house)),
    ...sizeProblems(sizes),
    ...bleeding(house),
    ...importProblems(cost),
  ];
}

try {
  execFileSync(process.execPath, ['--conditions=@tutti/source', 'tools/build.ts'], { stdio: ['ignore', 'ignore', 'inherit'] });
  using house = new House();
  const count = mustInstall(house);
  for (const program of house.programs.keys()) house.mustRun(program, ['--help']);
  const problems = await problemsOf(house);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  process.stdout.write(
    `${house.tarballs.length} packages: ${count} subpaths import and compile from their tarballs, within their sizes; a store opens, ${[...house.programs.keys()].join(', ')} runs\n`,
  );
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
