import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Entry, publicDeclarations } from './declarations.ts';

const folder = mkdtempSync(join(tmpdir(), 'tutti-api-'));
afterAll(() => rmSync(folder, { recursive: true }));

const entry = (name: string, file: string): Entry => ({
  subpath: {
    name,
    package: '@tutti/shop',
    target: { '@tutti/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
  },
  file,
});

/** The pages of a package whose build gave these files. */
function pages(build: string, files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const dist = join(folder, build, 'dist');
  mkdirSync(dist, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dist, name), text);
  const entries = [entry('@tutti/shop', join(dist, 'index.d.ts')), entry('@tutti/shop/till', join(dist, 'till.d.ts'))];
  return Object.fromEntries(publicDeclarations(entries));
}

const chunk = (price: string): string => `
/** Words about it. */
interface Price { readonly sum: ${price} }
interface Hidden { readonly sku: string }
declare function pay(price: Price, hidden: Hidden): void;
export { type Price as P, pay as p };
`;
const built = (name: string, text: string): Readonly<Record<string, string>> => ({
  [`chunk-${name}.d.ts`]: text,
  'index.d.ts': `export { P as Price } from './chunk-${name}.js';`,
  'till.d.ts': `export { p as pay } from './chunk-${name}.js';`,
});

describe('the public declarations', () => {
  const first = pages('first', built('AAAA', chunk('number')));

  it('show what is exported, what it needs, and what the main entry has', () => {
    expect(first).toEqual({
      'api/shop/index.d.ts': '// @tutti/shop\n\nexport interface Price {\n  readonly sum: number;\n}\n',
      'api/shop/till.d.ts': [
        '// @tutti/shop/till',
        "import { Price } from '@tutti/shop';",
        'export declare function pay(price: Price, hidden: Hidden): void;',
        '// not exported, but part of what is',
        'interface Hidden {\n  readonly sku: string;\n}\n',
      ].join('\n\n'),
    });
  });

  it('are the same whatever the build called its files and wrote in comments', () => {
    expect(pages('second', built('BBBB', chunk('number').replace('Words about it.', 'Other words.')))).toEqual(first);
  });

  it('differ when a type does', () => {
    expect(pages('third', built('AAAA', chunk('bigint')))).not.toEqual(first);
  });
});
