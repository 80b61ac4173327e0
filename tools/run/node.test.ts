import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const { satisfies } = (await import(join(import.meta.dirname, 'node.mjs'))) as {
  satisfies: (version: string, engines: string) => boolean;
};
const engines = '>=22.23 <23 || >=24.15';

describe('the versions of Node that tasks run under', () => {
  it.each(['v22.23.0', 'v22.30.1', 'v24.15.0', 'v24.21.0', 'v25.0.0', 'v100.0.0'])('%s will do', (version) => {
    expect(satisfies(version, engines)).toBe(true);
  });

  it.each(['v18.20.0', 'v20.20.2', 'v22.22.9', 'v23.11.0', 'v24.2.0', 'v24.14.9'])('%s is replaced', (version) => {
    expect(satisfies(version, engines)).toBe(false);
  });
});
