import {
  defaultRuntime,
  type Endpoint,
  type EndpointChange,
  type EndpointRef,
  type EndpointRegistration,
  type EndpointRegistry,
  type EndpointSource,
  type Repeating,
  repeat,
} from '@tutti/core';
import type { SqliteDatabase, StatementResult } from '@tutti/core/sqlite';
import { endpoint } from './fake-registry.ts';

const tables = [
  'CREATE TABLE test_registry (service TEXT, instance TEXT, endpoint TEXT, expires_at REAL, PRIMARY KEY (service, instance))',
];

/**
 * A registry with leases in an SQLite file, for tests of several processes: as little of one as the port allows, since features do not know each
 * other, not even in their tests.
 */
export class SqliteRegistry implements EndpointSource, EndpointRegistry {
  readonly #database: SqliteDatabase;
  readonly #ttlMs: number;
  readonly #held = new Map<string, Endpoint>();
  readonly #watches = new Map<(change: EndpointChange) => void, string>();
  #loops: readonly Repeating[] = [];
  #writing = 0;
  #revision = 0;

  constructor(database: SqliteDatabase, ttlMs: number) {
    this.#database = database;
    this.#ttlMs = ttlMs;
  }

  async start(): Promise<void> {
    await this.#database.migrate('test.registry', tables);
    const look = repeat(defaultRuntime, { name: 'looking', intervalMs: 50 }, () => this.#look());
    const renewal = repeat(defaultRuntime, { name: 'renewing', intervalMs: this.#ttlMs / 3 }, async () => {
      for (const held of this.#held.values()) await this.#put(held);
    });
    this.#loops = [look, renewal];
  }

  async stop(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()));
  }

  /** Whether nothing of this process is on its way to the file: one that is stopped in the middle of a write keeps it locked. */
  get idle(): boolean {
    return this.#writing === 0;
  }

  async register(registration: EndpointRegistration): Promise<Endpoint> {
    const registered = endpoint(registration);
    this.#held.set(registered.instanceId, registered);
    await this.#put(registered);
    return registered;
  }

  async drain(): Promise<void> {}

  async deregister({ serviceName, instanceId }: EndpointRef): Promise<void> {
    this.#held.delete(instanceId);
    await this.#write('DELETE FROM test_registry WHERE service = ? AND instance = ?', [serviceName, instanceId]);
  }

  watchEndpoints(serviceName: string, listener: (change: EndpointChange) => void): () => void {
    this.#watches.set(listener, serviceName);
    return () => this.#watches.delete(listener);
  }

  async #look(): Promise<void> {
    for (const [listener, service] of this.#watches) {
      const sql = 'SELECT endpoint FROM test_registry WHERE service = ? AND expires_at > ?';
      const rows = await this.#database.read(sql, [service, Date.now()]);
      const endpoints = rows.map((row) => JSON.parse(String(row['endpoint'])) as Endpoint);
      listener({ kind: 'snapshot', revision: ++this.#revision, endpoints });
    }
  }

  async #put(put: Endpoint): Promise<void> {
    const sql = 'INSERT OR REPLACE INTO test_registry VALUES (?, ?, ?, ?)';
    await this.#write(sql, [put.serviceName, put.instanceId, JSON.stringify(put), Date.now() + this.#ttlMs]);
  }

  async #write(sql: string, values: readonly (string | number)[]): Promise<readonly StatementResult[]> {
    this.#writing++;
    try {
      return await this.#database.write({ name: 'test.registry', statements: [{ sql, values }] });
    } finally {
      this.#writing--;
    }
  }
}
