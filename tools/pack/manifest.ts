import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Target {
  readonly '@tutti/source': string;
  readonly types: string;
  readonly default: string;
}

export interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, Target>>;
  /** `./dist/cli/main.js` is built from `src/cli/main.ts`; its first line makes it executable. */
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** One entry of an exports map: what somebody can import. */
export interface Subpath {
  /** As it is imported: `@tutti/core/sqlite`. */
  readonly name: string;
  readonly package: string;
  readonly target: Target;
}

export function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

export function packageFolders(): readonly string[] {
  return readdirSync('packages').map((name) => join('packages', name));
}

export function subpathsOf({ name, exports }: Manifest): readonly Subpath[] {
  return Object.entries(exports).map(([path, target]) => ({ name: join(name, path), package: name, target }));
}

/** Entries of threads and processes; nobody imports them. */
export const isProgram = ({ name }: Subpath): boolean => /\/(worker|keeper)$/.test(name);

/** Needs a third-party client that its user brings. */
export const isAdapter = ({ target }: Subpath): boolean => target['@tutti/source'].startsWith('./src/adapters/');
