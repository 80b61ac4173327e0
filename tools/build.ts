// `npm run build`: every package into its dist, one bundled file for each subpath of its exports map, with declarations, and
// one for each program of its bin map. The manifest is the only list: without that a subpath could be published that nobody builds.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'tsup';

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, { readonly '@tutti/source': string; readonly default: string }>>;
  /** `./dist/cli/main.js` is built from `src/cli/main.ts`; its first line makes it executable. */
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const wanted = process.argv.slice(2);

for (const folder of readdirSync('packages').map((name) => join('packages', name))) {
  const {
    name,
    exports,
    bin = {},
    dependencies,
    peerDependencies,
  } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const inDist = (path: string): string => path.replace(/^\.\/dist\/|\.js$/g, '');
  const entry = Object.fromEntries([
    ...Object.values(exports).map((target) => [inDist(target.default), join(folder, target['@tutti/source'])]),
    ...Object.values(bin).map((path) => [inDist(path), join(folder, 'src', `${inDist(path)}.ts`)]),
  ]);
  await build({
    entry,
    outDir: join(folder, 'dist'),
    format: 'esm',
    target: 'node22',
    platform: 'node',
    // tsup removes the scheme of built-ins by default, and node:sqlite has no other name
    removeNodeProtocol: false,
    // what makes sources run unbuilt stands in the way of declarations in one file
    dts: {
      compilerOptions: {
        noEmit: false,
        allowImportingTsExtensions: false,
        rewriteRelativeImportExtensions: false,
        isolatedDeclarations: false,
      },
    },
    clean: true,
    splitting: true,
    sourcemap: false,
    silent: true,
    // tsup looks for the dependencies in the manifest of the folder it is started in, which is not the package's
    external: Object.keys({ ...dependencies, ...peerDependencies }).flatMap((other) => [other, new RegExp(`^${other}/`)]),
  });
  process.stdout.write(`built ${name}\n`);
}
