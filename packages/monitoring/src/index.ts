export type { AuditEntry } from './audit/audit-ring.ts';
export type { HealthCheck } from './health/health-check.ts';
export type { HealthChange } from './health/health-checks.ts';
export { expositionContentType } from './metrics/exposition.ts';
export { SystemMonitor, type SystemMonitorOptions, systemMonitorDefaults } from './system-monitor.ts';
