import type { Endpoint, EndpointRef, EndpointRegistration, EndpointRegistry, Logger } from '@tutti/core';
import type { ServiceDirectory } from './service-directory.ts';

/** The endpoints that this mesh has written into the registry, and takes out again when it stops. */
export class Registrations {
  readonly #registry: EndpointRegistry;
  readonly #directory: ServiceDirectory;
  readonly #logger: Logger;
  readonly #registered = new Map<string, EndpointRef>();

  constructor(registry: EndpointRegistry, directory: ServiceDirectory, logger: Logger) {
    this.#registry = registry;
    this.#directory = directory;
    this.#logger = logger;
  }

  async register(registration: EndpointRegistration): Promise<Endpoint> {
    const endpoint = await this.#registry.register(registration);
    this.#registered.set(keyOf(endpoint), endpoint);
    this.#directory.find(endpoint.serviceName)?.add(endpoint);
    return endpoint;
  }

  async deregister(ref: EndpointRef): Promise<void> {
    this.#directory.find(ref.serviceName)?.depart(ref);
    await this.#registry.deregister(ref);
    if (this.#registered.get(keyOf(ref))?.incarnation === ref.incarnation) this.#registered.delete(keyOf(ref));
  }

  /** Does not fail because the registry is away. */
  async withdraw(): Promise<void> {
    for (const ref of this.#registered.values()) {
      await this.#registry.deregister(ref).catch((error: unknown) => {
        const { serviceName, instanceId } = ref;
        this.#logger.log('warn', 'an endpoint could not be taken out of the registry; it will expire', { serviceName, instanceId, error });
      });
    }
  }
}

function keyOf({ serviceName, instanceId }: EndpointRef): string {
  return `${serviceName}/${instanceId}`;
}
