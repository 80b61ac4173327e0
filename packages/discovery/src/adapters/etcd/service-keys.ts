import type { EndpointRef } from '@tutti/core';

/** Where endpoints are: `PREFIX` `SERVICE/INSTANCE`. Names of services and instances have no slashes. */
export class ServiceKeys {
  readonly #begin: string;

  constructor(begin: string) {
    this.#begin = begin;
  }

  /** Begins the keys of a service, and of no other. */
  prefixOf(serviceName: string): string {
    return `${this.#begin}${serviceName}/`;
  }

  keyOf({ serviceName, instanceId }: Pick<EndpointRef, 'serviceName' | 'instanceId'>): string {
    return `${this.prefixOf(serviceName)}${instanceId}`;
  }

  /** Holds the incarnation that was removed last on purpose. It is written in the step that removes it, and tells that from the end of a lease. */
  farewellOf(serviceName: string): string {
    return `${this.prefixOf(serviceName)}/farewell`;
  }
}
