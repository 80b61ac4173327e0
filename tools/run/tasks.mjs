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
    says: 'the tests that kill and simulate, at full size: about ten minutes',
    command: [fromSource, 'tools/test.ts', '--faults'],
  },
  check: { says: 'types, format, layers, unused code, snippets, packages', command: [fromSource, 'tools/check.ts'] },
  dev: { says: 'the quick tests again at every change', command: ['node_modules/vitest/vitest.mjs', '--project', 'quick'] },
  fix: { says: 'formats, and mends what the linter can', command: ['node_modules/@biomejs/biome/bin/biome', 'check', '--write', '.'] },
  services: {
    says: 'the servers that tests start: which are found; `install` installs the others',
    command: [fromSource, 'tools/services.ts'],
  },
  build: { says: 'every package into its dist', command: [fromSource, 'tools/build.ts'] },
  'pack:check': { says: 'the packed packages work where they are installed', command: [fromSource, 'tools/pack-check.ts'] },
};
