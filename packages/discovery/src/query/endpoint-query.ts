import { checkOptions, type Endpoint, listOf, oneOf, text } from '@tutti/core';
import { stringRecord } from './string-record.ts';

/** Which endpoints of a service are wanted. All conditions must hold; an absent one does not restrict. */
export interface EndpointQuery {
  /** The endpoint has every one of these. */
  readonly tags?: readonly string[];
  readonly version?: string;
  readonly zone?: string;
  /** Endpoints registered for this tenant, and no others. */
  readonly tenant?: string;
  /** The endpoint has these entries, whatever else it has. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** @defaultValue only `ready` */
  readonly states?: readonly Endpoint['state'][];
}

export const endpointQueryDefaults: { readonly states: readonly ['ready'] } = { states: ['ready'] };

/** @throws INVALID_OPTIONS for a condition that does not exist or has the wrong type. */
export function checkQuery(query: EndpointQuery | undefined): EndpointQuery {
  return checkOptions<EndpointQuery, typeof endpointQueryDefaults>(
    'query',
    query,
    {
      optional: {
        tags: listOf(text),
        version: text,
        zone: text,
        tenant: text,
        metadata: stringRecord,
        states: listOf(oneOf('ready', 'unhealthy', 'draining')),
      },
    },
    endpointQueryDefaults,
  );
}

export function matchesQuery(endpoint: Endpoint, query: EndpointQuery): boolean {
  const { tags, version, zone, tenant, metadata, states } = query;
  if (states && !states.includes(endpoint.state)) return false;
  if (version !== undefined && endpoint.version !== version) return false;
  if (zone !== undefined && endpoint.zone !== zone) return false;
  if (tenant !== undefined && endpoint.tenant !== tenant) return false;
  if (tags && !tags.every((tag) => endpoint.tags.includes(tag))) return false;
  return (
    !metadata || Object.entries(metadata).every(([key, value]) => Object.hasOwn(endpoint.metadata, key) && endpoint.metadata[key] === value)
  );
}
