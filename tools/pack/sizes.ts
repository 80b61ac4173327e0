import { readFileSync, writeFileSync } from 'node:fs';
import bundled from '@size-limit/esbuild';
import weighed from '@size-limit/file';
import sizeLimit from 'size-limit';
import type { House } from './house.ts';
import { isProgram, manifestOf } from './manifest.ts';

const table = 'tools/pack/ceilings.json';

/** Bytes of each subpath, bundled, minified and gzipped, with its dependencies but without peers and other packages of the kit. */
export async function sizesOf(house: House): Promise<ReadonlyMap<string, number>> {
  const subpaths = house.subpaths.filter((subpath) => !isProgram(subpath));
  const checks = subpaths.map((subpath) => ({
    files: [house.fileOf(subpath)],
    ignore: ['@tutti/*', 'node:*', ...Object.keys(manifestOf(house.folderOf(subpath.package)).peerDependencies ?? {})],
    gzip: true,
    modifyEsbuildConfig: (config: object) => ({ ...config, platform: 'node', format: 'esm', logLevel: 'error' }),
  }));
  const weights = (await sizeLimit([bundled, weighed], { checks })) as readonly { readonly size: number }[];
  return new Map(subpaths.map(({ name }, index) => [name, weights[index]?.size ?? Number.POSITIVE_INFINITY]));
}

/** A subpath that grew past its ceiling, that has none, or a ceiling without a subpath. */
export function sizeProblems(
  sizes: ReadonlyMap<string, number>,
  ceilings: Readonly<Record<string, number>> = ceilingsNow(),
): readonly string[] {
  const way = '`npm run pack:check -- --set-ceilings` writes what it is now';
  return [
    ...[...sizes].flatMap(([name, bytes]) => {
      const ceiling = ceilings[name];
      if (ceiling === undefined) return [`${name} has no ceiling in ${table}: ${way}`];
      return bytes > ceiling
        ? [`${name} takes ${bytes} bytes, more than its ceiling of ${ceiling}: make it smaller, or say why not; ${way}`]
        : [];
    }),
    ...Object.keys(ceilings)
      .filter((name) => !sizes.has(name))
      .map((name) => `${table} has a ceiling for ${name}, which does not exist: ${way}`),
  ];
}

/** A tenth above what is, so that a fix fits and a library that slipped in does not. */
export function setCeilings(sizes: ReadonlyMap<string, number>): void {
  const ceilings = [...sizes]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, bytes]) => [name, Math.ceil((bytes * 1.1) / 100) * 100]);
  writeFileSync(table, `${JSON.stringify(Object.fromEntries(ceilings), undefined, 2)}\n`);
}

function ceilingsNow(): Readonly<Record<string, number>> {
  return JSON.parse(readFileSync(table, 'utf8')) as Record<string, number>;
}
