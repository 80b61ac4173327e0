// `npm run build`: every package into its dist, one bundled file for each subpath of its exports map, with declarations, and
// one for each program of its bin map. The manifest is the only list: without that a subpath could be published that nobody builds.
import { join } from 'node:path';
import { build, type Options } from 'tsup';
import { mergeChunks } from './build/merge-chunks.ts';
import { manifestOf, packageFolders } from './pack/manifest.ts';

/** Small, and CommonJS: importing it would start the whole machinery that Node has for that. */
const bundled = ['eventemitter3'];

const wanted = process.argv.slice(2);

const waiting = [...packageFolders()];

/** Two at a time, because most of it is declarations, made by a thread of each build. */
await Promise.all(
  [1, 2].map(async () => {
    for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) await buildPackage(folder);
  }),
);

async function buildPackage(folder: string): Promise<void> {
  const { name, exports, bin = {}, dependencies, peerDependencies } = manifestOf(folder);
  if (wanted.length > 0 && !wanted.includes(name)) return;
  const inDist = (path: string): string => path.replace(/^\.\/dist\/|\.js$/g, '');
  const entry = Object.fromEntries([
    ...Object.values(exports).map((target) => [inDist(target.default), join(folder, target['@tutti/source'])]),
    ...Object.values(bin).map((path) => [inDist(path), join(folder, 'src', `${inDist(path)}.ts`)]),
  ]);
  const dist = join(folder, 'dist');
  const options: Options = {
    entry,
    outDir: dist,
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
    external: Object.keys({ ...dependencies, ...peerDependencies })
      .filter((other) => !bundled.includes(other))
      .flatMap((other) => [other, new RegExp(`^${other}/`)]),
    noExternal: bundled,
  };
  await build(options);
  await mergeChunks(dist, options);
  process.stdout.write(`built ${name}\n`);
}
