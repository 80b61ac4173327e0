import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Call } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { base64url, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { verifyCompactJws } from './compact-jws.ts';
import { fixedKeys, sharedSecret } from './fixed-keys.ts';
import type { KeySource } from './key-source.ts';

interface Recipe {
  readonly file: string;
  readonly input: { readonly payload: string; readonly key: JWK | readonly JWK[]; readonly alg: string | readonly string[] };
  readonly output: { readonly compact?: string; readonly json?: object };
}

const data = readFileSync(new URL('../../data/jose-cookbook-jws.json.gz', import.meta.url));
const recipes = JSON.parse(gunzipSync(data).toString()) as readonly Recipe[];

/** The public half of what a recipe signs with. */
function keysOf({ input: { key, alg } }: Recipe): { readonly algorithms: readonly string[]; readonly keys: KeySource } {
  const [first, name] = [[key].flat()[0] as JWK, [alg].flat()[0] as string];
  if (first.kty === 'oct') return { algorithms: [name], keys: sharedSecret(base64url.decode(String(first.k))) };
  const { d, p, q, dp, dq, qi, ...open } = first;
  return { algorithms: [name], keys: fixedKeys({ keys: [open] }, [name], 'keys') };
}

const verified = (recipe: Recipe, token: string): Promise<string> =>
  verifyCompactJws(token, keysOf(recipe), Call.root({ runtime: testRuntime() })).then(({ payload }) => Buffer.from(payload).toString());

/** Signed detached from their content, or unencoded: not in the compact form of RFC 7515. */
const isOther = ({ file }: Recipe): boolean => file.includes('detached') || file.includes('b64_false');
const compact = recipes.filter((recipe) => recipe.output.compact !== undefined && !isOther(recipe));

describe('the examples of RFC 7520 and RFC 8037', () => {
  it('are all here', () => {
    expect(recipes).toHaveLength(11);
    expect(compact.map(({ input: { alg } }) => alg)).toEqual(['EdDSA', 'RS256', 'PS384', 'ES512', 'HS256']);
  });

  it.each(compact)('are verified: $file', async (recipe) => {
    const token = recipe.output.compact as string;
    expect(await verified(recipe, token)).toBe(recipe.input.payload);
    const [header, , signature] = token.split('.');
    const other = Buffer.from(`${recipe.input.payload} `).toString('base64url');
    await expect(verified(recipe, `${header}.${other}.${signature}`)).rejects.toMatchObject({ code: 'GATEWAY_UNAUTHENTICATED' });
  });

  it.each(recipes.filter((recipe) => !compact.includes(recipe)))('that have another form are refused: $file', async (recipe) => {
    for (const token of [recipe.output.compact ?? '', JSON.stringify(recipe.output.json)])
      await expect(verified(recipe, token)).rejects.toMatchObject({ code: 'GATEWAY_UNAUTHENTICATED' });
  });
});
