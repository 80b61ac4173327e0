import { join } from 'node:path';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Every thread and process of a test strips the types of the same sources, which is two thirds of its start; with this, only the first one. */
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/compiled');

/** Tests resolve the packages to their sources; children and workers inherit the condition. */
const conditions = ['@tutti/source', 'node', 'default'];

/** Suites that start and kill processes: after all others. Most of their time they wait, so four files share two cores. */
const processSuites = ['**/*.{crash,e2e}.test.ts'];

/** Suites that are about milliseconds of real time: nothing runs beside them. */
const aloneSuites = ['**/*.alone.test.ts'];
const tests = ['packages/**/*.test.ts', 'examples/**/*.test.ts', 'tools/**/*.test.ts'];

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    pool: 'forks',
    execArgv: ['--conditions=@tutti/source'],
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: 'quick', include: tests, exclude: ['**/node_modules/**', ...processSuites, ...aloneSuites], testTimeout: 20_000 },
      },
      {
        extends: true,
        test: {
          name: 'processes',
          include: processSuites,
          exclude: ['**/node_modules/**'],
          maxWorkers: process.env['TUTTI_FAULTS'] === 'full' ? 2 : 4, // trials at full size fill a core each
          testTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: aloneSuites,
          exclude: ['**/node_modules/**'],
          fileParallelism: false,
          testTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

export default config;
