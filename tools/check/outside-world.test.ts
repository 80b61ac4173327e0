import { describe, expect, it } from 'vitest';
import { outsideWorldProblems } from './outside-world.ts';

const inSource = (text: string) => outsideWorldProblems([{ path: 'packages/mesh/src/picker.ts', text }]);

describe('the outside world', () => {
  it.each([
    'Date.now()',
    'new Date()',
    'performance.now()',
    'Math.random()',
    "process.env['HOME']",
    'setTimeout(f, 1)',
    'setInterval(f, 1)',
    'setImmediate(f)',
    "console.log('x')",
  ])('is not reached by %s in a source', (code) => {
    expect(inSource(`const a = 1;\n${code};\n`)).toEqual([
      expect.stringMatching(/^packages\/mesh\/src\/picker\.ts:2 uses .*; take it from the Runtime$/),
    ]);
  });

  it('may be named in comments, and dates may be made of numbers', () => {
    expect(inSource('/** Not Date.now. */\n// nor setTimeout\nconst then = new Date(0);\n')).toEqual([]);
  });

  it.each([
    'packages/core/src/runtime/real-clock.ts',
    'packages/monitoring/src/cli/main.ts',
    'packages/mesh/src/picker.test.ts',
    'examples/platform/main.ts',
    'tools/test.ts',
  ])('is open to %s', (path) => {
    expect(outsideWorldProblems([{ path, text: 'Date.now()' }])).toEqual([]);
  });
});
