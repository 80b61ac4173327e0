import { isIP } from 'node:net';
import { inspectError } from './inspect-errors.ts';
import type { InspectionRequest } from './inspection-message.ts';

/**
 * Refuses what a page of another site makes a browser send.
 *
 * A name that an attacker lets point here (DNS rebinding) appears in `Host`: only addresses, `localhost` and the names in `hosts` are
 * taken, because no attacker can own those. A request across sites says so in `Sec-Fetch-Site` or `Origin`. There are
 * no CORS headers on any answer.
 * @throws INSPECT_FORBIDDEN
 */
export function checkOrigin({ headers }: InspectionRequest, hosts: ReadonlySet<string>): void {
  const host = hostOf(headers['host'] ?? '');
  if (host === undefined || !(isIP(host) !== 0 || host === 'localhost' || host.endsWith('.localhost') || hosts.has(host))) {
    throw forbidden('the Host of the request is not one of this server; name it in `hosts` if it should be');
  }
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw forbidden('requests from other sites are not served');
  const { origin } = headers;
  if (origin !== undefined && !sameHost(origin, headers['host'] ?? '')) throw forbidden('requests from other origins are not served');
}

/** The name alone, in lower case, without brackets and without the dot at its end. */
function hostOf(header: string): string | undefined {
  const url = /^[\w.[\]:-]+$/.test(header) ? URL.parse(`http://${header}`) : null;
  return url?.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function sameHost(origin: string, host: string): boolean {
  const url = URL.parse(origin);
  return url !== null && /^https?:$/.test(url.protocol) && url.host === URL.parse(`${url.protocol}//${host}`)?.host;
}

function forbidden(problem: string): Error {
  return inspectError('INSPECT_FORBIDDEN', { problem });
}
