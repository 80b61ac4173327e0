import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** For each rule a file that breaks it, in a copy of the house. A rule that catches nothing protects nothing. */
const seeds: Readonly<Record<string, { readonly folder: string; readonly imports: string }>> = {
  'no-cycles': { folder: 'packages/mesh/src', imports: './the-way-back.ts' },
  'core-is-the-floor': { folder: 'packages/core/src', imports: '../../saga/src/index.ts' },
  'features-meet-only-in-core': { folder: 'packages/gateway/src', imports: '../../mesh/src/index.ts' },
  'the-domain-chooses-no-adapter': { folder: 'packages/arbitration/src', imports: '../../messaging/src/adapters/sqlite.ts' },
  'no-deep-imports': { folder: 'examples', imports: '../packages/core/src/call/call.ts' },
  'nothing-imports-an-adapter': { folder: 'packages/saga/src', imports: './adapters/sqlite.ts' },
  'clients-only-in-adapters': { folder: 'packages/saga/src', imports: 'peer-client' },
  'declared-dependencies-only': { folder: 'packages/saga/src', imports: 'dev-client' },
  'sqlite-only-in-its-engine': { folder: 'packages/core/src/runtime', imports: 'node:sqlite' },
  'sources-know-no-tests': { folder: 'packages/core/src/call', imports: './call.test.ts' },
  'nothing-unresolved': { folder: 'packages/core/src', imports: './is-not-there.ts' },
  'core-errors-knows-nothing-above-it': { folder: 'packages/core/src/errors', imports: '../runtime/clock.ts' },
  'core-options-and-runtime-knows-nothing-above-it': { folder: 'packages/core/src/runtime', imports: '../call/call.ts' },
  'core-call-knows-nothing-above-it': { folder: 'packages/core/src/call', imports: '../handler/handler.ts' },
  'core-handler-knows-nothing-above-it': { folder: 'packages/core/src/handler', imports: '../policy/retry.ts' },
  'core-policy-and-lifecycle-knows-nothing-above-it': { folder: 'packages/core/src/policy', imports: '../events/cloud-event.ts' },
  'core-events-knows-nothing-above-it': { folder: 'packages/core/src/events', imports: '../ports/prober.ts' },
  'core-ports-knows-nothing-above-it': { folder: 'packages/core/src/ports', imports: '../sqlite/database.ts' },
  'core-keyed-knows-nothing-above-it': { folder: 'packages/core/src/keyed', imports: '../sqlite/database.ts' },
  'core-cache-and-secrets-and-inspect-and-http-knows-nothing-above-it': {
    folder: 'packages/core/src/cache',
    imports: '../testing/laws.ts',
  },
  'core-sqlite-knows-nothing-above-it': { folder: 'packages/core/src/sqlite', imports: '../testing/laws.ts' },
};

const root = join(import.meta.dirname, '..', '..');
const { default: config } = (await import(join(root, '.dependency-cruiser.mjs'))) as {
  default: { forbidden: readonly { name: string }[] };
};
const seedOf = (rule: string): string => `${seeds[rule]?.folder}/seed-of-${rule}.ts`;
let house: string;
let found: ReadonlySet<string>;

beforeAll(() => {
  house = mkdtempSync(join(tmpdir(), 'tutti-layers-'));
  const isKept = (path: string): boolean => !/\/(node_modules|dist|data|samples|\.tutti)(\/|$)/.test(path.slice(root.length));
  for (const name of ['packages', 'examples', 'tsconfig.json', '.dependency-cruiser.mjs', 'package.json']) {
    cpSync(join(root, name), join(house, name), { recursive: true, filter: isKept });
  }
  symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'));
  addClients();
  for (const [rule, { imports }] of Object.entries(seeds)) write(seedOf(rule), `import '${imports}';\n`);
  write('packages/mesh/src/the-way-back.ts', "import type {} from './seed-of-no-cycles.ts';\n");
  found = cruise(Object.keys(seeds).map(seedOf));
}, 60_000);
afterAll(() => rmSync(house, { recursive: true }));

/** Gives the saga package a peer and a development dependency to misuse. */
function addClients(): void {
  for (const name of ['peer-client', 'dev-client']) {
    write(`packages/saga/node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`packages/saga/node_modules/${name}/index.js`, '');
  }
  const manifest = {
    name: '@tutti/saga',
    type: 'module',
    devDependencies: { 'dev-client': '1' },
    peerDependencies: { 'peer-client': '1' },
  };
  write('packages/saga/package.json', JSON.stringify(manifest));
}

function write(file: string, text: string): void {
  mkdirSync(dirname(join(house, file)), { recursive: true });
  writeFileSync(join(house, file), text);
}

/** What is reported, as "rule file". */
function cruise(files: readonly string[]): ReadonlySet<string> {
  const bin = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const command = [bin, '--config', '.dependency-cruiser.mjs', '--output-type', 'json', ...files];
  const { stdout } = spawnSync(process.execPath, command, { cwd: house, encoding: 'utf8', maxBuffer: 2 ** 28 });
  const { summary } = JSON.parse(stdout) as { summary: { violations: readonly { from: string; rule: { name: string } }[] } };
  return new Set(summary.violations.map(({ from, rule }) => `${rule.name} ${from}`));
}

describe('the layers', () => {
  it('have a seed for every rule', () => {
    expect(Object.keys(seeds).sort()).toEqual(config.forbidden.map(({ name }) => name).sort());
  });

  it.each(Object.keys(seeds))('%s is caught', (rule) => {
    expect([...found].filter((violation) => violation.endsWith(` ${seedOf(rule)}`))).toEqual([`${rule} ${seedOf(rule)}`]);
  });
});
