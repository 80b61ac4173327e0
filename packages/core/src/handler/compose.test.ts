import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Call } from '../call/call.ts';
import { testRuntime } from '../testing/index.ts';
import { compose } from './compose.ts';
import type { Handler, Layer } from './handler.ts';

const tag =
  (name: string): Layer<string, string> =>
  (next) =>
  async (input, call) =>
    `${name}(${await next(`${input}${name}`, call)})`;
const echo: Handler<string, string> = async (input) => input;
const call = Call.root({ runtime: testRuntime() });

describe('compose', () => {
  it('puts the first layer outermost', async () => {
    expect(await compose(echo, [tag('a'), tag('b')])('>', call)).toBe('a(b(>ab))');
  });

  it('is associative and has the empty list as identity', async () => {
    const names = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(names, names, async (outer, inner) => {
        const [o, i] = [outer.map(tag), inner.map(tag)];
        const together = await compose(echo, [...o, ...i])('', call);
        expect(await compose(compose(echo, i), o)('', call)).toBe(together);
        expect(await compose(compose(echo, []), [...o, ...i])('', call)).toBe(together);
      }),
    );
  });
});
