export type { BackendLawCapabilities, BackendSubject } from './backend-subject.ts';
export { discoveryLaws } from './discovery-laws.ts';
export { type FaultyBackend, faultyBackend } from './faulty-backend.ts';
export { leaseLaws } from './lease-laws.ts';
export { malformedLaws } from './malformed-laws.ts';
export { readLaws } from './read-laws.ts';
export { type RegistryWatch, registryWatch } from './registry-watch.ts';
export { watchLaws } from './watch-laws.ts';
