export { type MemoryBackendOptions, memoryBackend } from './adapters/memory.ts';
export { MemoryRegistry, type MemoryRegistryOptions } from './adapters/memory-registry.ts';
export type { DiscoveryBackend, DiscoveryCapabilities, LifeState, RegistryChange } from './backend/discovery-backend.ts';
export { type DiscoveryErrors, discoveryError, discoveryErrors } from './errors.ts';
export { HealthChecker, type HealthCheckerOptions, healthCheckerDefaults } from './health/health-checker.ts';
export type { HealthProbe } from './health/health-probe.ts';
export { type EndpointQuery, endpointQueryDefaults } from './query/endpoint-query.ts';
export type { ServiceInstance } from './registration/service-instance.ts';
export { ServiceDiscovery, type ServiceDiscoveryOptions, serviceDiscoveryDefaults } from './service-discovery.ts';
