const plain = /^[\w.-]+$/;

/**
 * The name that a Host header gives, in lower case, without its port and the dot at its end (RFC 9110, section 7.2); empty when it gives none
 * that a route could have: an IPv6 address, or what is no host at all.
 */
export function hostName(header: string | undefined): string {
  if (header === undefined) return '';
  const colon = header.indexOf(':');
  const name = colon === -1 ? header : header.slice(0, colon);
  if (!plain.test(name)) return '';
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}
