import { checkOptions, type Probe, type Rule, shown, text } from '@tutti/core';

/** Something that is asked how it is. */
export interface HealthCheck {
  /** One check each. */
  readonly name: string;
  /** `http://…` or `https://…`, of which a 2xx answer is well, or `tcp://host:port`, which has to accept a connection. */
  readonly endpoint: string;
}

/** The address of a health check as a probe; undefined when it is none. */
export function probeOf(endpoint: string): Probe | undefined {
  const url = URL.parse(endpoint);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return { kind: 'http', url: endpoint };
  if (url?.protocol !== 'tcp:' || url.hostname === '' || url.port === '') return undefined;
  return { kind: 'tcp', host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) };
}

const address: Rule = (value) =>
  typeof value === 'string' && probeOf(value) ? undefined : `must be an http, https or tcp://host:port URL, got ${shown(value)}`;

/** @throws INVALID_OPTIONS with the path of the member. */
export function checkHealthCheck(check: HealthCheck): void {
  checkOptions<HealthCheck, object>('healthCheck', check, { required: { name: text, endpoint: address } });
}
