import { defineConfig } from 'vitest/config';

/** Tests resolve the packages to their sources; children and workers inherit the condition. */
const conditions = ['@tutti/source', 'import', 'node', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/**/*.test.ts', 'examples/**/*.test.ts', 'tools/**/*.test.ts'],
    pool: 'forks',
    execArgv: ['--conditions=@tutti/source'],
    maxWorkers: 2,
    testTimeout: 20_000,
  },
});
