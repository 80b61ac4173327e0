/** Numbers of the types of elements in the catalogue of the server. */
const oids = { text: 25, int: 23, float: 701 } as const;
const headerBytes = 20;

/**
 * Arrays as the server keeps them. A buffer is sent as it is, so nothing is quoted here and parsed there, which is a third of the
 * work of a batch.
 */
export function textArray(texts: readonly (string | null)[]): Buffer {
  let bytes = headerBytes;
  for (const text of texts) bytes += 4 + (text === null ? 0 : Buffer.byteLength(text));
  const buffer = begin(oids.text, texts.length, bytes);
  let at = headerBytes;
  for (const text of texts) {
    const length = text === null ? -1 : buffer.write(text, at + 4);
    at = buffer.writeInt32BE(length, at) + Math.max(0, length);
  }
  return buffer;
}

export function intArray(numbers: readonly number[]): Buffer {
  const buffer = begin(oids.int, numbers.length, headerBytes + 8 * numbers.length);
  let at = headerBytes;
  for (const number of numbers) at = buffer.writeInt32BE(number, buffer.writeInt32BE(4, at));
  return buffer;
}

export function floatArray(numbers: readonly (number | null)[]): Buffer {
  const buffer = begin(oids.float, numbers.length, headerBytes + 12 * numbers.length);
  let at = headerBytes;
  for (const number of numbers)
    at = number === null ? buffer.writeInt32BE(-1, at) : buffer.writeDoubleBE(number, buffer.writeInt32BE(8, at));
  return buffer.subarray(0, at);
}

/** One dimension from 1, in which there may be nulls; an array without elements has no dimension. */
function begin(oid: number, count: number, bytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(count === 0 ? 12 : bytes);
  buffer.writeInt32BE(count === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(1, 4);
  buffer.writeInt32BE(oid, 8);
  if (count === 0) return buffer;
  buffer.writeInt32BE(count, 12);
  buffer.writeInt32BE(1, 16);
  return buffer;
}
