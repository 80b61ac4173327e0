import type { Endpoint, HttpDispatcher } from '@tutti/core';

/** What connections tell the record of their endpoint, whoever dispatches over them. */
export interface ConnectionEvents {
  connected(): void;
  /** A connection could not be made: refused, unreachable, too slow. */
  connectFailed(error: Error): void;
}

/** The connections to one endpoint. */
export interface EndpointConnections extends HttpDispatcher {
  /** Breaks what is open; nothing of it is left when it resolves. */
  destroy(): Promise<void>;
}

/** Makes the connections to an endpoint. Must not connect before something is dispatched. */
export type Connect = (endpoint: Endpoint, events: ConnectionEvents) => EndpointConnections;
