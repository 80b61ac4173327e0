export { type ManagedServiceOptions, managedService } from './managed-service.ts';
