import { describe, expect, it } from 'vitest';
import { floatArray, intArray, textArray } from './array-parameter.ts';

const hex = (buffer: Buffer): string => buffer.toString('hex');
const header = (type: string, count: string): string => `00000001${'00000001'}${type}${count}00000001`;

describe('arrays as the server keeps them', () => {
  it('texts, with bytes counted and nulls kept', () => {
    expect(hex(textArray(['a', null, 'ü', '']))).toBe(`${header('00000019', '00000004')}0000000161ffffffff00000002c3bc00000000`);
  });
  it('whole numbers', () => {
    expect(hex(intArray([1, -1]))).toBe(`${header('00000017', '00000002')}0000000400000001${'00000004'}ffffffff`);
    expect(() => intArray([2 ** 31])).toThrow(RangeError);
  });
  it('numbers, infinite ones too', () => {
    expect(hex(floatArray([1.5, null, Number.POSITIVE_INFINITY]))).toBe(
      `${header('000002bd', '00000003')}000000083ff8000000000000ffffffff000000087ff0000000000000`,
    );
  });
  it('without elements', () => {
    for (const empty of [textArray([]), intArray([]), floatArray([])]) expect([empty.length, empty.readInt32BE(0)]).toEqual([12, 0]);
  });
});
