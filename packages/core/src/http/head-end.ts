/** Of a head with its empty line, and of all the trailers with theirs. */
export const usualHeadBytes = 16_384;

const emptyLine = Buffer.from('\r\n\r\n');

/**
 * Looks for the empty line behind field lines. Who sends a byte at a time must not have it look at all of them each time.
 * @param searched At how many of the bytes it has looked before, in vain.
 * @returns where the line before it ends, -1 as long as that has not come, or what is wrong.
 */
export function headEnd(bytes: Buffer, searched: number, maxBytes: number): number | 'too long' | 'LF alone' {
  const end = bytes.indexOf(emptyLine, Math.max(0, searched - 3));
  if (end !== -1 && end + 4 <= maxBytes) return end;
  if (bytes.length >= maxBytes) return 'too long';
  for (let lf = bytes.indexOf(0x0a, searched); lf !== -1; lf = bytes.indexOf(0x0a, lf + 1)) if (bytes[lf - 1] !== 0x0d) return 'LF alone';
  return -1;
}

export function wordsFor(flaw: 'too long' | 'LF alone', what: 'head' | 'trailers', maxBytes: number): string {
  return flaw === 'too long' ? `its ${what} took more than ${maxBytes} bytes` : `a line of its ${what} ends in LF alone`;
}
