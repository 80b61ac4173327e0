import { isIPv6 } from 'node:net';

/**
 * Names the bucket of a client address. An IPv6 client owns at least a /64 and can change its address in there with
 * every request, so the /64 is what is counted.
 */
export function clientBucket(address: string | undefined): string {
  if (address === undefined) return 'client:unknown';
  if (!isIPv6(address)) return `client:${address}`;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - left.length - (tail === '' ? 0 : tail.split(':').length);
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...(tail ? tail.split(':') : [])];
  const prefix = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `client:${prefix.join(':')}::/64`;
}
