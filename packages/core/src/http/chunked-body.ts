import { type Fields, parseFields } from './fields.ts';
import { headEnd, usualHeadBytes, wordsFor } from './head-end.ts';

/** What the next bytes of a chunked body are. `rest` was not looked at. */
export type ChunkStep =
  | { readonly kind: 'data'; readonly data: Buffer; readonly rest: Buffer }
  | { readonly kind: 'end'; readonly trailers: Fields; readonly rest: Buffer }
  | { readonly kind: 'more'; readonly rest: Buffer };

/** Of the line before a chunk, with its end. */
const maxLineBytes = 4_096;

/** A size below 2^48, and extensions, which nobody reads (RFC 9112, section 7.1.1), without blanks. */
const sizeLine =
  /^([\da-f]{1,12})(?:;[!#$%&'*+.^_`|~\w-]+(?:=(?:[!#$%&'*+.^_`|~\w-]+|"(?:[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*"))?)*$/i;

/** The chunked coding (RFC 9112, section 7.1). Lines end in CR LF and nothing else. */
export class ChunkedBody {
  /** Bytes of the chunk that are still to come, then 0 until the end of its line was seen. */
  #left = 0;
  #phase: 'size' | 'data' | 'line end' | 'trailers' = 'size';
  /** How much of a line, or of the trailers, was searched for its end. */
  #searched = 0;

  /** @returns what is wrong, if something is. */
  read(bytes: Buffer): ChunkStep | string {
    let at = 0;
    for (;;) {
      if (this.#phase === 'data') {
        if (at === bytes.length) return { kind: 'more', rest: bytes.subarray(at) };
        const end = Math.min(bytes.length, at + this.#left);
        this.#left -= end - at;
        if (this.#left === 0) this.#phase = 'line end';
        return { kind: 'data', data: bytes.subarray(at, end), rest: bytes.subarray(end) };
      }
      if (this.#phase === 'line end') {
        if (bytes.length - at >= 1 && bytes[at] !== 0x0d) return 'a chunk is longer than it says';
        if (bytes.length - at < 2) return { kind: 'more', rest: bytes.subarray(at) };
        if (bytes[at + 1] !== 0x0a) return 'a chunk is longer than it says';
        at += 2;
        this.#phase = 'size';
      }
      if (this.#phase === 'trailers') return this.#readTrailers(bytes.subarray(at));
      const end = bytes.indexOf('\r\n', at + Math.max(0, this.#searched - 1), 'latin1');
      if (end === -1 || end + 2 - at > maxLineBytes) return this.#unendedLine(bytes.subarray(at));
      const size = sizeLine.exec(bytes.toString('latin1', at, end))?.[1];
      if (size === undefined) return `the size of a chunk is ${JSON.stringify(bytes.toString('latin1', at, Math.min(end, at + 40)))}`;
      at = end + 2;
      this.#searched = 0;
      this.#left = Number.parseInt(size, 16);
      this.#phase = this.#left === 0 ? 'trailers' : 'data';
    }
  }

  #unendedLine(line: Buffer): ChunkStep | string {
    if (line.length >= maxLineBytes) return `the line of a chunk's size took more than ${maxLineBytes} bytes`;
    const news = line.toString('latin1', Math.max(0, this.#searched - 1));
    if (/[^\t\x20-\x7e\x80-\xff\r]|\r[\s\S]/.test(news)) return "the line of a chunk's size has a control character in it";
    return this.#more(line);
  }

  #readTrailers(bytes: Buffer): ChunkStep | string {
    const areNone = bytes[0] === 0x0d && bytes[1] === 0x0a;
    const end = areNone ? -2 : headEnd(bytes, this.#searched, usualHeadBytes);
    if (typeof end === 'string') return wordsFor(end, 'trailers', usualHeadBytes);
    if (end === -1) return this.#more(bytes);
    const trailers = parseFields(bytes.toString('latin1', 0, end + 2), 0);
    if (typeof trailers === 'string') return trailers;
    if ('content-length' in trailers.byName || 'transfer-encoding' in trailers.byName) return 'its trailers say how it is framed';
    return { kind: 'end', trailers, rest: bytes.subarray(end + 4) };
  }

  #more(rest: Buffer): ChunkStep {
    this.#searched = rest.length;
    return { kind: 'more', rest };
  }
}
