import { createHash } from 'node:crypto';
import {
  checkOptions,
  coreError,
  type Endpoint,
  type EndpointRegistration,
  finiteNumber,
  listOf,
  type Rule,
  text,
  wholeNumber,
} from '@tutti/core';
import { hostRule, instanceIdRule, serviceNameRule } from '../backend/names.ts';
import { stringRecord } from '../query/string-record.ts';

/** An endpoint as somebody writes it down who does not run it. Without an `instanceId` it is named after its place. */
export type PublishedEndpoint = EndpointRegistration;

const defaults = { weight: 1, tags: [], metadata: {} } as const satisfies Partial<PublishedEndpoint>;

const required: Readonly<Record<'serviceName' | 'host' | 'port', Rule>> = {
  serviceName: serviceNameRule,
  host: hostRule,
  port: wholeNumber({ min: 1, max: 65_535 }),
};
const optional: Readonly<Record<Exclude<keyof PublishedEndpoint, keyof typeof required>, Rule>> = {
  instanceId: instanceIdRule,
  version: text,
  zone: text,
  weight: finiteNumber({ min: 0 }),
  tags: listOf(text),
  metadata: stringRecord,
  tenant: text,
};

/**
 * The endpoints of a list by their services, each list in the order in which it was written.
 * @throws INVALID_OPTIONS naming the path of the first thing that is wrong; also where two name one instance.
 */
export function publishedEndpoints(path: string, list: unknown): ReadonlyMap<string, readonly Endpoint[]> {
  if (!Array.isArray(list)) throw coreError('INVALID_OPTIONS', { path, problem: 'must be an array of endpoints' });
  const services = new Map<string, Map<string, Endpoint>>();
  for (const [index, entry] of list.entries()) {
    const checked = checkOptions<PublishedEndpoint, typeof defaults>(`${path}[${index}]`, entry, { required, optional }, defaults);
    const endpoint = publishedEndpoint(checked);
    const service = services.get(endpoint.serviceName) ?? new Map<string, Endpoint>();
    services.set(endpoint.serviceName, service);
    if (service.has(endpoint.instanceId)) {
      const problem = `is the second one of ${endpoint.serviceName} that is called '${endpoint.instanceId}'`;
      throw coreError('INVALID_OPTIONS', { path: `${path}[${index}]`, problem });
    }
    service.set(endpoint.instanceId, endpoint);
  }
  return new Map(Array.from(services, ([serviceName, service]) => [serviceName, [...service.values()]]));
}

/**
 * The life that such an endpoint is: the same for whoever reads the same, and another one when anything of it is changed, because a life changes in
 * nothing but its state.
 */
export function publishedEndpoint(
  written: PublishedEndpoint & Required<Pick<PublishedEndpoint, 'weight' | 'tags' | 'metadata'>>,
): Endpoint {
  const { serviceName, host, port, instanceId = placeName(host, port), version, zone, weight, tags, metadata, tenant } = written;
  const fields = { serviceName, instanceId, host, port, version, zone, weight, tags, metadata: sorted(metadata), tenant };
  return Object.freeze({
    serviceName,
    instanceId,
    incarnation: digest(JSON.stringify(fields)),
    host,
    port,
    ...(version !== undefined && { version }),
    ...(zone !== undefined && { zone }),
    weight,
    tags: Object.freeze([...tags]),
    metadata: Object.freeze({ ...metadata }),
    ...(tenant !== undefined && { tenant }),
    state: 'ready',
  });
}

/** `10.0.0.1:8009`. What an id may not be, as an IPv6 address that begins with a colon or a very long name, goes by its digest. */
function placeName(host: string, port: number): string {
  const place = `${host}:${port}`;
  return instanceIdRule(place) === undefined ? place : `at-${digest(place)}`;
}

const sorted = (record: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));

const digest = (content: string): string => createHash('sha256').update(content).digest('hex').slice(0, 32);
