export type { BackendLawCapabilities, BackendSubject } from './backend-subject.ts';
export { EndpointHistory, endpointsIn } from './endpoint-history.ts';
export { type FaultyBackend, faultyBackend } from './faulty-backend.ts';
export type { HeardChange } from './history-subscriber.ts';
export { backendLaws, discoveryLaws, leaseLaws, malformedLaws, readLaws, watchLaws } from './laws.ts';
export { type RegistryWatch, registryWatch } from './registry-watch.ts';
