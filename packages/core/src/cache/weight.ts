/** What a kept entry costs beside its key and its value: the entry, its slots in the table and the list. Measured, rounded up. */
const entryBytes = 512;

/** Bytes of heap of a kept entry, rather more than too few: between 0.6 and 1.0 of it was in use for rows, texts, lists and dictionaries. */
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
  const members = Object.entries(value);
  const each = members.length > mostFields ? 80 : 32;
  return members.reduce((sum, [name, member]) => sum + each + name.length + heapBytes(member), 64);
}

/** An object with more members is rather a dictionary, whose keys are not shared with others of its shape. */
const mostFields = 16;

/** V8 keeps text of Latin letters with one byte each, and all other text with two. */
function stringBytes(text: string): number {
  return 24 + (Buffer.byteLength(text) === text.length ? text.length : 2 * text.length);
}
