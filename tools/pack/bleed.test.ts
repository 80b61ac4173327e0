import { describe, expect, it } from 'vitest';
import { bleedingOf } from './bleed.ts';
import type { Subpath } from './manifest.ts';

const subpath = (name: string): Subpath => ({
  name,
  package: name.split('/').slice(0, 2).join('/'),
  target: { '@tutti/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
});
const carried = (name: string, text: string): readonly string[] => bleedingOf(subpath(name), new Map([['/house/dist/chunk.js', text]]));

describe('what a subpath carries', () => {
  it.each([
    ['@tutti/core', 'import { DatabaseSync } from "node:sqlite";', 'node:sqlite'],
    ['@tutti/core', 'client.call("EVALSHA", sha)', 'EVALSHA'],
    ['@tutti/core/cache', 'import { DatabaseSync } from "node:sqlite";', 'node:sqlite'],
    ['@tutti/saga', 'import assert from "node:assert/strict";', 'node:assert'],
    ['@tutti/gateway', 'var e = { SAGA_NOT_FOUND: { retryable: false } }', 'SAGA_NOT_FOUND: { retryable'],
  ])('%s is found to carry %s', (name, text, what) => {
    expect(carried(name, text)).toContainEqual(expect.stringContaining(`${name} carries "${what}" (in chunk.js)`));
  });

  it.each([
    ['@tutti/core/sqlite', 'import { DatabaseSync } from "node:sqlite";'],
    ['@tutti/core/testing', 'import assert from "node:assert/strict";'],
    ['@tutti/core', '/* node:sqlite is opened elsewhere */'],
    ['@tutti/saga', 'var e = { SAGA_NOT_FOUND: { retryable: false } }'],
  ])('%s may say %s', (name, text) => {
    expect(carried(name, text)).toEqual([]);
  });
});
