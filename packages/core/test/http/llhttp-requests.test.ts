import { METHODS } from 'node:http';
import { expect, it } from 'vitest';
import { seededRandom } from '../../src/runtime/random.ts';
import { faultScale } from '../../src/testing/fault-scale.ts';
import { difference, firstDifference, type Readers } from './difference.ts';
import { requestByLlhttp } from './llhttp.ts';
import { mutatedRequest } from './mutated-requests.ts';
import { type ReadRequest, readRequest } from './read-request.ts';
import { type Request, validRequest } from './requests.ts';

const total = faultScale(500_000, 0.06);
const anySeed = (): number => Math.floor(Math.random() * 2 ** 31);

const readers = {
  ours: ({ text }: Request) => readRequest([text]),
  theirs: ({ text }: Request) => requestByLlhttp(text),
} satisfies Readers<Request, unknown>;

it('a request of the grammar is read as llhttp reads it', () => {
  const random = seededRandom(anySeed());
  for (let each = 0; each < 2_000; each++) {
    const request = validRequest(random);
    expect([readers.ours(request).outcome, difference(readers, request)], JSON.stringify(request)).toEqual(['whole', undefined]);
  }
});

it(`${total} mutated requests are read as llhttp reads them, or refused`, () => {
  const { found, whole } = firstDifference(readers, mutatedRequest, anySeed(), total);
  expect(found).toBeUndefined();
  expect(whole).toBeGreaterThan(total / 5);
});

it('every byte is taken in a target where llhttp takes it, or nowhere', () => {
  const bytes = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
  const places = ['', '/', '/?', '/#', '*', 'h', 'http:', 'http:/', 'http://', 'http://h', 'http://h/', 'http://h?', 'http://u@h', 'h:1'];
  const texts = ['GET', 'OPTIONS', 'CONNECT'].flatMap((method) =>
    places.flatMap((place) => bytes.flatMap((byte) => ['', 'x', ':1'].map((rest) => `${method} ${place}${byte}${rest} HTTP/1.1\r\n\r\n`))),
  );
  expect(texts.find((text) => difference(readers, { text }) !== undefined)).toBeUndefined();
  expect(texts.filter((text) => readRequest([text]).outcome === 'whole').length).toBeGreaterThan(3_000);
});

/** Ours, but before it reads it takes away what it would refuse. */
const lax = (pattern: RegExp, by: string): typeof readers => ({ ...readers, ours: ({ text }) => readRequest([text.replace(pattern, by)]) });
/** Ours, but it goes wrong about what is left over. */
const misplaced = (leave: (read: ReadRequest, text: string) => string): typeof readers => ({
  ...readers,
  ours: ({ text }) => {
    const read = readRequest([text]);
    return { ...read, leftover: leave(read, text) };
  },
});

it.each<[string, typeof readers]>([
  ['takes the last of two lengths', lax(/^content-length:[^\n]*\n(?=(?:[^\r\n]+\r\n)*?content-length:)/gim, '')],
  ['takes a coding and leaves the length', lax(/^content-length:[^\n]*\n(?=(?:[^\r\n]+\r\n)*?transfer-encoding: chunked\r)/gim, '')],
  ['takes a length and leaves the coding', lax(/^transfer-encoding:[^\n]*\n(?=(?:[^\r\n]+\r\n)*?content-length: ?\d)/gim, '')],
  ['reads no body of another coding', lax(/^transfer-encoding: (?:identity|gzip, chunked)\r\n/gim, '')],
  ['takes a field with a blank before its colon', lax(/^([\w-]+)[ \t]+:/gm, '$1:')],
  ['takes LF for the end of a line', lax(/(?<!\r)\n/g, '\r\n')],
  ['folds lines', lax(/\r\n[ \t]+/g, ' ')],
  ['takes a tab behind a coding', lax(/(chunked)\t+\r/gi, '$1\r')],
  ['takes a blank behind the size of a chunk', lax(/^([\da-f]+)[ \t]+\r/gim, '$1\r')],
  ['takes extensions with blanks', lax(/^([\da-f]+);[ \t]+/gim, '$1;')],
  ['takes a tab behind a method', lax(/^([A-Z]+)\t(?=\/)/, '$1 ')],
  ['takes a tab before a version', lax(/\t(?=HTTP\/1)/, ' ')],
  ['takes a blank behind a version', lax(/^(\S+ \S+ HTTP\/1\.\d)[ \t]+\r/, '$1\r')],
  ['takes a blank before a method', lax(/^[ \t]+/, '')],
  ['takes a method it does not know', lax(new RegExp(`^(?!(?:${METHODS.join('|')}) )[A-Z]+ `), 'GET ')],
  ['takes a method in small letters', lax(/^get /, 'GET ')],
  ['takes any version', lax(/ HTTP\/\d\.\d\r/, ' HTTP/1.1\r')],
  ['takes a version in small letters', lax(/ http\/1/, ' HTTP/1')],
  ['takes a path without its beginning', lax(/^([A-Z]+ )(?=[?#\w]+ )/, '$1/')],
  ['takes what is outside ASCII in a target', lax(/^(\S+ \/)[\x80-\xff]+/, '$1')],
  ['leaves an octet too few', misplaced(({ leftover }) => leftover.slice(1))],
  ['leaves an octet too many', misplaced(({ leftover }, text) => text.slice(-leftover.length - 1))],
])('a reader that %s is found out (control)', (_does, read) => {
  expect(firstDifference(read, mutatedRequest, 1, 50_000).found).toBeDefined();
});
