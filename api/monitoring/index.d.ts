// @tutti/monitoring

import { AuditRecord, AuditSink, Component, ComponentState, Health, MetricLabels, MetricQuery, MetricSample, MetricSink, Prober, Runtime } from '@tutti/core';

export interface AuditEntry extends AuditRecord {
  readonly number: number;
  readonly recordedAt: string;
}

export interface HealthChange {
  readonly name: string;
  readonly health: Health;
  readonly before?: Health;
}

export interface HealthCheck {
  readonly name: string;
  readonly endpoint: string;
}

export declare class SystemMonitor implements Component, MetricSink, MetricQuery, AuditSink {
  #private;
  readonly name = "monitor";
  readonly on: Component['on'];
  constructor(options?: SystemMonitorOptions);
  get state(): ComponentState;
  start(): Promise<void>;
  stop(): Promise<void>;
  health(): Promise<Health>;
  [Symbol.asyncDispose](): Promise<void>;
  registerHealthCheck(check: HealthCheck): () => void;
  healthOf(name: string): Health | undefined;
  systemHealth(): Health;
  onHealthChange(listener: (change: HealthChange) => void): () => void;
  recordMetric(name: string, value: number, labels?: MetricLabels): void;
  count(name: string, by: number, labels?: MetricLabels): void;
  gauge(name: string, value: number, labels?: MetricLabels): void;
  observe(name: string, value: number, labels?: MetricLabels): void;
  latest(name: string, labels?: MetricLabels): Promise<readonly MetricSample[]>;
  exposition(): string;
  record(record: AuditRecord): Promise<void>;
  auditTrail(limit?: number): readonly AuditEntry[];
}

export interface SystemMonitorOptions {
  readonly prober?: Prober;
  readonly maxSeriesPerMetric?: number;
  readonly maxAuditRecords?: number;
  readonly runtime?: Runtime;
}

export declare const expositionContentType = "text/plain; version=0.0.4; charset=utf-8";

export declare const systemMonitorDefaults: {
  readonly maxSeriesPerMetric: 1000;
  readonly maxAuditRecords: 10000;
};
