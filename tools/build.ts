// `npm run build`: every package into its dist, one bundled file for each subpath of its exports map, with declarations.
// The exports map is the only list: without that a subpath could be published that nobody builds.
import { join } from 'node:path';
import { build } from 'tsup';
import { manifestOf, packageFolders } from './pack/manifest.ts';

const wanted = process.argv.slice(2);

const waiting = [...packageFolders()];

/** Two at a time, because most of it is declarations, made by a thread of each build. */
await Promise.all(
  [1, 2].map(async () => {
    for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) await buildPackage(folder);
  }),
);

async function buildPackage(folder: string): Promise<void> {
  const { name, exports, dependencies, peerDependencies } = manifestOf(folder);
  if (wanted.length > 0 && !wanted.includes(name)) return;
  const entry = Object.fromEntries(
    Object.values(exports).map((target) => [target.default.replace(/^\.\/dist\/|\.js$/g, ''), join(folder, target['@tutti/source'])]),
  );
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
