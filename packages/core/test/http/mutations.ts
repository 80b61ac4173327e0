import type { Random } from '../../src/runtime/random.ts';
import { chances } from './grammar.ts';

const controls: readonly string[] = ['\r', '\n', '\0', '\t', '\v', '\f', '\x01', '\x1f', ' ', '\x7f', '\x80', '\x85', '\xa0', '\xff'];
const lineEnds: readonly string[] = ['\n', '\r', '\r\r\n', '\n\r', '\r\n\r\n', ' \r\n', '\t\r\n', '\r\n ', '\r\n\t', '\0\r\n', ''];
const signs: readonly string[] = [':', ' :', ': ', ';', ',', '"', '\\', '=', '+', '-', '0', '0x', '_'];

/** What readers have been known to take in different ways, in any message. */
const lines: readonly string[] = [
  ...['Content-Length: 5', 'Content-Length: 0', 'Content-Length: +5', 'Content-Length: 5, 5', 'Content-Length: 5\t', 'Content-Length : 5'],
  ...['Content-Length:', 'Content-Length: 18446744073709551621', 'Content-Length: 0x5', 'Content_Length: 5', 'Content-Length: 5 5'],
  ...['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked\t', 'Transfer-Encoding:\tchunked', 'Transfer-Encoding : chunked'],
  ...['Transfer-Encoding: identity', 'Transfer-Encoding: gzip, chunked', 'Transfer-Encoding: chunked;a', 'Transfer-Encoding:\r\n chunked'],
  ...[' folded', ': nameless', 'X : 1', 'X', 'Connection: close', 'Upgrade: x'],
  ...['0\r\n', '5\r\nhello', '5 ', '5;', '5; a', '00000000000000005', 'ffffffffffffffff', '-5', '5_', ''],
];

/** What is done to messages of one kind only. */
export interface Hostile {
  /** Lines that are put anywhere. */
  readonly lines: readonly string[];
  /** What is put before all of it. */
  readonly before: readonly string[];
  /** Another message, to stand behind. */
  another(): string;
}

/** A text with one to four things done to it, decided by chance alone. */
export function mutated(random: Random, valid: string, hostile: Hostile): string {
  const { upTo, one } = chances(random);
  let text = valid;
  const insert = (what: string, at: number): string => text.slice(0, at) + what + text.slice(at);
  const anywhere = (): number => upTo(text.length + 1);
  /** One place at which a pattern stands, put into other words. */
  const replaceOne = (pattern: RegExp, by: (found: string) => string): string => {
    const found = one([...text.matchAll(pattern)]);
    return found ? text.slice(0, found.index) + by(found[0]) + text.slice(found.index + found[0].length) : text;
  };
  const changes: readonly (() => string)[] = [
    () => replaceOne(/./gs, (byte) => String.fromCharCode(byte.charCodeAt(0) ^ (1 << upTo(8)))),
    () => replaceOne(/./gs, () => String.fromCharCode(upTo(256))),
    () => replaceOne(/.{1,8}/gs, () => ''),
    () => insert(one(controls), anywhere()),
    () => insert(one(signs), anywhere()),
    () => replaceOne(/[ :;=,]/g, (sign) => one([sign + one(controls), one(controls) + sign, sign + sign])),
    () => replaceOne(/\r\n/g, () => one(lineEnds)),
    () => text.replaceAll('\r\n', one(lineEnds)),
    () => replaceOne(/\r\n/g, () => `\r\n${one([...lines, ...hostile.lines])}\r\n`),
    () => replaceOne(/[^\n]*\n/g, (line) => line + line),
    () => replaceOne(/[^\n]*\n/g, () => ''),
    () => replaceOne(/\d/g, () => String(upTo(10))),
    () =>
      replaceOne(/\d+/g, (number) => one([`0${number}`, `${number}0`, `+${number}`, `-${number}`, `0x${number}`, '9'.repeat(upTo(25))])),
    () => replaceOne(/[A-Za-z]/g, (letter) => one([letter.toUpperCase(), letter.toLowerCase()])),
    () => replaceOne(/[^\n]*\n/g, (line) => (random() < 0.1 ? line.repeat(upTo(1_000)) : '')),
    () => text.slice(0, anywhere()),
    () => text + hostile.another(),
    () => one(hostile.before) + text,
  ];
  for (let left = random() < 0.6 ? 1 : 1 + upTo(4); left > 0; left--) text = one(changes)();
  return text;
}
