import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { House } from './house.ts';
import type { Subpath } from './manifest.ts';

/** Words that must not be in anything a subpath loads: they name the culprit, where a size only says that there is one. */
interface Rule {
  readonly in: (subpath: Subpath) => boolean;
  readonly never: RegExp;
  readonly why: string;
}

const isFeature = (feature: string, { package: name }: Subpath): boolean => name === `@tutti/${feature}`;

/** Features whose error codes begin with their name. Arbitration wires several of them, so nothing is said of it. */
const features = ['messaging', 'discovery', 'mesh', 'gateway', 'saga', 'deploy', 'monitoring'];

const rules: readonly Rule[] = [
  {
    in: ({ name }) => name === '@tutti/core',
    never: /node:sqlite|ioredis|EVALSHA|opossum|bottleneck|@opentelemetry|\bpino\b|lru-cache/,
    why: 'who imports the floor gets no engine and no client',
  },
  { in: ({ name }) => !/^@tutti\/core\/sqlite/.test(name), never: /node:sqlite/, why: 'only the SQLite engine opens SQLite' },
  { in: ({ name }) => !name.endsWith('/testing'), never: /node:assert|fast-check|vitest/, why: 'tests stay out of what runs' },
  ...features.map((feature) => ({
    in: (subpath: Subpath) => features.some((other) => other !== feature && isFeature(other, subpath)),
    never: new RegExp(`code\\w*\\(?["']${feature.toUpperCase()}_[A-Z]|\\b${feature.toUpperCase()}_[A-Z_]+: \\{ ?retryable`),
    why: `the errors of ${feature} belong to ${feature}`,
  })),
];

/** What was carried along that nobody asked for. */
export function bleeding(house: House): readonly string[] {
  return house.subpaths.flatMap((subpath) => bleedingOf(subpath, filesFrom(house.fileOf(subpath))));
}

export function bleedingOf(subpath: Subpath, files: ReadonlyMap<string, string>): readonly string[] {
  return rules
    .filter((rule) => rule.in(subpath))
    .flatMap(({ never, why }) =>
      [...files].flatMap(([path, text]) => {
        const found = never.exec(withoutComments(text));
        return found ? [`${subpath.name} carries "${found[0]}" (in ${path.split('/dist/').at(-1)}): ${why}`] : [];
      }),
    );
}

/** A file and all that it imports from its own package, at once or later, by path. */
function filesFrom(entry: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const open = [entry];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (files.has(path)) continue;
    const text = readFileSync(path, 'utf8');
    files.set(path, text);
    for (const [, relative] of text.matchAll(/(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g))
      open.push(join(dirname(path), relative as string));
  }
  return files;
}

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
