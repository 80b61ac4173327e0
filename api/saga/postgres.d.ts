// @tutti/saga/postgres

import { Duration } from '@tutti/core';
import { SagaStore } from '@tutti/saga';

export interface PostgresClient {
  query(query: PostgresQuery): Promise<PostgresResult>;
  release(destroy?: boolean): void;
  on(event: string, listener: (told: unknown) => void): unknown;
  off(event: string, listener: (told: unknown) => void): unknown;
}

export interface PostgresPool {
  connect(): Promise<PostgresClient>;
  end(): Promise<unknown>;
  on(event: string, listener: (told: unknown) => void): unknown;
  off(event: string, listener: (told: unknown) => void): unknown;
}

export interface PostgresQuery {
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly unknown[];
}

export interface PostgresResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly rowCount: number | null;
  readonly command: string;
}

export interface PostgresStoreOptions {
  readonly url?: string;
  readonly pool?: PostgresPool;
  readonly schema?: string;
  readonly commandTimeout?: Duration;
  readonly maxConnections?: number;
}

export declare function postgresStore(options: PostgresStoreOptions): SagaStore;

export declare const postgresStoreDefaults: {
  readonly schema: "tutti";
  readonly commandTimeout: "5s";
  readonly maxConnections: 10;
};
