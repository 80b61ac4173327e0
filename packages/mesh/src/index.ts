export type { Connect, ConnectionEvents, EndpointConnections } from './endpoint-connections.ts';
export { type MeshErrors, meshErrors, type PassedOver } from './errors.ts';
export { type MeshOptions, meshDefaults, meshRetryDefaults } from './mesh-options.ts';
export { ServiceMesh } from './service-mesh.ts';
export { type ConnectionOptions, connectionDefaults } from './undici-connections.ts';
