// What `npm run NAME` does. A command is a Node command line, run from the root of the repository.
const fromSource = '--conditions=@tutti/source';

export const tasks = {
  start: {
    says: 'the platform: serves until Ctrl-C, or `analyze FILE...` and exits',
    needs: 'platform',
    command: [fromSource, 'examples/platform/main.ts'],
  },
  tutti: {
    says: 'looks at a running process and acts on it; --help for more',
    needs: 'platform',
    command: [fromSource, 'packages/monitoring/src/cli/main.ts'],
  },
  test: {
    says: 'all tests, or those whose path contains the arguments; --project=quick for the quick ones',
    command: [fromSource, 'tools/test.ts'],
  },
  'test:faults': {
    says: 'the tests that kill and simulate, at full size instead of a tenth of it',
    command: [fromSource, 'tools/test.ts', '--faults'],
  },
  check: { says: 'types, format, layers, unused code, snippets, packages, public declarations', command: [fromSource, 'tools/check.ts'] },
  dev: { says: 'the quick tests again at every change', command: ['node_modules/vitest/vitest.mjs', '--project', 'quick'] },
  fix: { says: 'formats, and mends what the linter can', command: ['node_modules/@biomejs/biome/bin/biome', 'check', '--write', '.'] },
  services: {
    says: 'the servers that tests start: which are found; `install` installs the others',
    command: [fromSource, 'tools/services.ts'],
  },
  build: { says: 'every package into its dist', command: [fromSource, 'tools/build.ts'] },
  api: { says: 'what every subpath promises by its types, written to api/', command: [fromSource, 'tools/api.ts'] },
  docs: { says: 'reference pages of every package, written to .tutti/reference', command: [fromSource, 'tools/docs.ts'] },
  bench: { says: 'tables of one area beside its peers; without an area, which there are', command: [fromSource, 'tools/bench.ts'] },
  'pack:check': {
    says: 'the packed packages work where they are installed, and are no larger than they may be',
    command: [fromSource, 'tools/pack-check.ts'],
  },
};
