/** `http://host:port` of an address, in brackets where the host is one of IPv6 (RFC 3986, section 3.2.2). */
export function httpOrigin({ host, port }: { readonly host: string; readonly port: number }): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
