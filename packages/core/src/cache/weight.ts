/** What a kept entry costs beside its key and its value: the entry, its slots in the table and the list. Measured, rounded up. */
const entryBytes = 512;

/** Bytes of heap of a kept entry, rather more than too few. */
export function weightOf(key: string, held: unknown): number {
  return entryBytes + stringBytes(key) + heapBytes(held);
}

/** A careful guess at what a plain value takes in V8's heap, where a short JSON text may become a large graph. */
function heapBytes(value: unknown): number {
  if (typeof value === 'string') return stringBytes(value);
  if (typeof value === 'number') return 16;
  if (typeof value !== 'object' || value === null) return 8;
  if (value instanceof Uint8Array) return 256 + value.byteLength;
  if (Array.isArray(value)) return value.reduce((sum: number, member) => sum + 8 + heapBytes(member), 48);
  let bytes = 64;
  for (const [name, member] of Object.entries(value)) bytes += 32 + name.length + heapBytes(member);
  return bytes;
}

/** V8 keeps text of Latin letters with one byte each, and all other text with two. */
function stringBytes(text: string): number {
  return 24 + (Buffer.byteLength(text) === text.length ? text.length : 2 * text.length);
}
