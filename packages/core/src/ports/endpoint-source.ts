import type { Endpoint, EndpointRef } from './endpoint.ts';

/** One step of what is known of a service. `revision` rises by at least one with each. */
export type EndpointChange =
  | { readonly kind: 'snapshot'; readonly revision: number; readonly endpoints: readonly Endpoint[] }
  | { readonly kind: 'upsert'; readonly revision: number; readonly endpoint: Endpoint }
  | { readonly kind: 'remove'; readonly revision: number; readonly endpoint: EndpointRef };

/**
 * Follows the endpoints of a service.
 *
 * The listener first gets a snapshot (synchronously, when the service is already followed, and else as soon as the
 * backend answers), then deltas in order. A snapshot may come again at any time and replaces everything before it.
 * Applying all changes gives what the registry holds, whatever was lost on the way. When the registry cannot be
 * reached, nothing is said and what was known stays true.
 */
export interface EndpointSource {
  /** Follows until the returned function is called. The listener must not throw. */
  watchEndpoints(serviceName: string, listener: (change: EndpointChange) => void): () => void;
}
