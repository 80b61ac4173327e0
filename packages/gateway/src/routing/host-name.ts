/** The host that a Host header names, in lower case, without its port and the dot at its end (RFC 9110, section 7.2). */
export function hostName(header: string | undefined): string {
  if (header === undefined) return '';
  const bracket = header.lastIndexOf(']');
  const colon = header.indexOf(':', bracket + 1);
  const name = colon === -1 ? header : header.slice(0, colon);
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}
