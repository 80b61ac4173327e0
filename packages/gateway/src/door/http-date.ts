let [second, text] = [Number.NaN, ''];

/** RFC 9110, section 5.6.7; written once a second. */
export function httpDate(epochMs: number): string {
  const now = Math.floor(epochMs / 1_000);
  if (now !== second) [second, text] = [now, new Date(now * 1_000).toUTCString()];
  return text;
}
