// Who may import whom. Every rule has a seeded violation in tools/check/layers.test.ts.
const features = 'discovery|mesh|gateway|messaging|saga|monitoring|deploy';
const source = '^packages/[^/]+/src/';
const test = '\\.test\\.ts$|/test/';

/** Bottom up: a folder of core may import itself and what stands before it. */
const floors = [
  'errors',
  'options|runtime',
  'call',
  'handler',
  'policy|lifecycle',
  'events',
  'ports',
  'keyed',
  'sqlite',
  'cache|secrets|inspect|http',
  'testing',
];
const coreFloors = floors.slice(0, -1).map((floor, index) => ({
  name: `core-${floor.replaceAll('|', '-and-')}-knows-nothing-above-it`,
  severity: 'error',
  from: { path: `^packages/core/src/(${floor})/`, pathNot: test },
  to: { path: `^packages/core/src/(${floors.slice(index + 1).join('|')})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'core-is-the-floor', severity: 'error', from: { path: '^packages/core/' }, to: { path: '^packages/(?!core/)' } },
    {
      name: 'features-meet-only-in-core',
      severity: 'error',
      from: { path: `^packages/(${features})/` },
      to: { path: '^packages/(?!core/|$1/)' },
    },
    {
      name: 'the-domain-chooses-no-adapter',
      severity: 'error',
      from: { path: '^packages/arbitration/' },
      to: { path: '^packages/(?!arbitration/)[^/]+/src/adapters/' },
    },
    {
      name: 'no-deep-imports',
      severity: 'error',
      from: { path: '^(packages/[^/]+|examples|tools)/' },
      to: {
        path: '^packages/[^/]+/',
        pathNot: [
          '^$1/',
          '^packages/[^/]+/src/index\\.ts$',
          '^packages/[^/]+/src/(testing|sqlite|service|cache|secrets|inspect|http)/index\\.ts$',
          '^packages/[^/]+/src/adapters/[^/]+\\.ts$',
          '^packages/core/src/sqlite/worker\\.ts$',
        ],
      },
    },
    {
      name: 'nothing-imports-an-adapter',
      severity: 'error',
      from: { path: source, pathNot: ['^packages/arbitration/', '/adapters/', '/src/index\\.ts$', '/testing/', '/faults/', test] },
      to: { path: '/src/adapters/' },
    },
    {
      name: 'clients-only-in-adapters',
      severity: 'error',
      from: { path: source, pathNot: ['/adapters/', test] },
      to: { dependencyTypes: ['npm-peer', 'npm-optional'] },
    },
    {
      name: 'declared-dependencies-only',
      severity: 'error',
      from: { path: source, pathNot: ['/testing/', test] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'], dependencyTypesNot: ['npm-peer'] },
    },
    {
      name: 'sqlite-only-in-its-engine',
      severity: 'error',
      from: { pathNot: '^packages/core/src/sqlite/' },
      to: { path: '^node:sqlite$|^sqlite$' },
    },
    {
      name: 'sources-know-no-tests',
      severity: 'error',
      from: { path: source, pathNot: [test] },
      to: { path: `${test}|^packages/[^/]+/src/testing/`, pathNot: '^packages/[^/]+/src/testing/' },
    },
    { name: 'nothing-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...coreFloors,
  ],
  options: {
    // bench/ has packages of its own, which are installed only when something is measured
    doNotFollow: { path: 'node_modules|^bench/' },
    exclude: { path: '(^|/)(dist|data|samples)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@tutti/source', 'import', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js'],
    },
  },
};
