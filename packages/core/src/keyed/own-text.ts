/**
 * A copy of a text that is kept for long. A part of a longer text keeps all of that in memory, and a text that was put together keeps its parts: a
 * request could leave its headers in a table of keys.
 */
export function ownText(text: string): string {
  return Buffer.from(text).toString();
}
