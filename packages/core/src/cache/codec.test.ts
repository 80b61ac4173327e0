import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesCodec, jsonCodec } from './codec.ts';
import { seal, unseal } from './envelope.ts';

const circle: Record<string, unknown> = {};
circle['self'] = { circle };

describe('the JSON codec', () => {
  it('gives back what JSON can say, frozen to the bottom', () => {
    const isFrozen = (value: unknown): boolean =>
      typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isFrozen));
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false } as object), (value) => {
        const back = jsonCodec.decode(jsonCodec.encode(value));
        expect(back).toEqual(JSON.parse(JSON.stringify(value)));
        expect(isFrozen(back)).toBe(true);
      }),
    );
  });

  it.each([
    [{ at: new Date(0) }, 'value.at cannot be kept as JSON, got an instance of Date'],
    [{ a: [1, new Map()] }, 'value.a[1] cannot be kept as JSON, got an instance of Map'],
    [[1, undefined], 'value[1] cannot be kept as JSON, got undefined'],
    // biome-ignore lint/suspicious/noSparseArray: the hole is the point
    [[1, , 2], 'value[1] cannot be kept as JSON, got undefined'],
    [{ n: Number.NaN }, 'value.n cannot be kept as JSON, got NaN'],
    [{ n: 7n }, 'value.n cannot be kept as JSON, got 7'],
    [{ f: () => 1 }, 'value.f cannot be kept as JSON, got a function'],
    [circle, 'value.self.circle contains itself'],
  ])('refuses what would come back as something else (%#)', (value, message) => {
    expect(() => jsonCodec.encode(value)).toThrowError(expect.objectContaining({ code: 'INVALID_DATA', message }));
  });

  it('leaves members out that are undefined, and takes the same object in two places', () => {
    const line = { sku: 'A-7', note: undefined };
    expect(jsonCodec.decode(jsonCodec.encode([line, line]))).toEqual([{ sku: 'A-7' }, { sku: 'A-7' }]);
  });
});

describe('the codec of bytes', () => {
  it('gives each reader bytes of its own', () => {
    const kept = bytesCodec.encode(new Uint8Array([1, 2]));
    const one = bytesCodec.decode(kept) as Uint8Array;
    one[0] = 9;
    expect(bytesCodec.decode(kept)).toEqual(new Uint8Array([1, 2]));
    expect(() => bytesCodec.encode('text')).toThrowError("value must be a Uint8Array, got 'text'");
  });
});

describe('an envelope', () => {
  const life = { freshMs: 1_000, staleMs: 0, fallbackMs: 5 };

  it('gives back what was sealed', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array(), fc.constantFrom('null' as const, 'undefined' as const)),
        fc.array(fc.string()),
        (content, tags) => {
          const envelope = { writtenAt: 17, life, loadMs: 3, marks: tags.map((tag) => ({ tag, version: `v${tag}` })), content };
          expect(unseal(seal(envelope))).toEqual(envelope);
        },
      ),
    );
  });

  it('that is none counts as nothing', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => unseal(bytes) === undefined));
    const older = seal({ writtenAt: 0, life, loadMs: 0, marks: [], content: 'null' });
    expect(unseal(Buffer.from(Buffer.from(older).toString('latin1').replace('"layout":1', '"layout":0'), 'latin1'))).toBeUndefined();
  });
});
