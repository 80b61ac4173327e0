/** Of a head with its empty line, and of all the trailers with theirs. */
const maxHeadBytes = 16_384;

const emptyLine = Buffer.from('\r\n\r\n');

/**
 * Looks for the empty line behind field lines. Who sends a byte at a time must not have it look at all of them each time.
 * @param searched At how many of the bytes it has looked before, in vain.
 * @returns where the line before it ends, -1 as long as that has not come, or what is wrong.
 */
export function headEnd(bytes: Buffer, searched: number, what: 'head' | 'trailers'): number | string {
  const end = bytes.indexOf(emptyLine, Math.max(0, searched - 3));
  if (end !== -1 && end + 4 <= maxHeadBytes) return end;
  if (bytes.length >= maxHeadBytes) return `its ${what} took more than ${maxHeadBytes} bytes`;
  for (let lf = bytes.indexOf(0x0a, searched); lf !== -1; lf = bytes.indexOf(0x0a, lf + 1))
    if (bytes[lf - 1] !== 0x0d) return `a line of its ${what} ends in LF alone`;
  return -1;
}
