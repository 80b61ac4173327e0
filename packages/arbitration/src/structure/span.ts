/** A stretch of a text: UTF-16 code-unit offsets, so that `text.slice(start, end)` is it exactly. */
export interface Span {
  readonly start: number;
  /** One past the last code unit. */
  readonly end: number;
}

/** The same stretch without blanks at its ends; undefined when nothing else is in it. */
export function trimmed(text: string, span: Span): Span | undefined {
  let { start, end } = span;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return start < end ? { start, end } : undefined;
}

/** Blanks as `String.prototype.trim` knows them, decided from the code unit without allocating. */
export function isBlank(unit: number): boolean {
  if (unit <= 0x20) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
  if (unit < 0xa0) return false;
  return (
    unit === 0xa0 ||
    unit === 0xfeff ||
    unit === 0x1680 ||
    (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 ||
    unit === 0x2029 ||
    unit === 0x202f ||
    unit === 0x205f ||
    unit === 0x3000
  );
}
