import { open } from 'node:fs/promises';

const tailBytes = 16 * 1024;

/** The last lines of a file, without reading the rest of it. Empty when there is none. */
export async function tailOf(path: string, lines: number): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (!file) return '';
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - tailBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.subarray(0, bytesRead).toString().trimEnd().split('\n').slice(-lines).join('\n');
  } finally {
    await file.close();
  }
}
