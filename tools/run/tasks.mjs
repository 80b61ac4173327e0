// What `npm run NAME` does. A command is a Node command line, run from the root of the repository.
const fromSource = '--conditions=@tutti/source';

export const tasks = {
  start: { needs: 'platform', command: [fromSource, 'examples/platform/main.ts'] },
  test: { command: [fromSource, 'tools/test.ts'] },
  check: { command: [fromSource, 'tools/check.ts'] },
  dev: { command: ['node_modules/vitest/vitest.mjs', '--exclude', '**/*.{crash,e2e}.test.ts'] },
  fix: { command: ['node_modules/@biomejs/biome/bin/biome', 'check', '--write', '.'] },
  build: { command: [fromSource, 'tools/build.ts'] },
  'pack:check': { command: [fromSource, 'tools/pack-check.ts'] },
};
