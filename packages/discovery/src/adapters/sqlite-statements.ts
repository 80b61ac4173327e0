import type { Endpoint, EndpointRef, SqlValue, Statement, WriteSet } from '@tutti/core';
import { storeEndpoint } from '../backend/stored-endpoint.ts';

/** Who owns the tables, for the migrations of the file. */
export const tablesOwner = 'discovery';

export const tables: readonly string[] = [
  `CREATE TABLE discovery_endpoints (
     service TEXT NOT NULL,
     instance TEXT NOT NULL,
     incarnation TEXT NOT NULL,
     state TEXT NOT NULL,
     endpoint TEXT NOT NULL,
     ttl_ms INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     PRIMARY KEY (service, instance)
   ) WITHOUT ROWID, STRICT;
   CREATE INDEX discovery_endpoints_expiry ON discovery_endpoints (expires_at);
   CREATE TABLE discovery_services (service TEXT PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID, STRICT;
   CREATE INDEX discovery_services_revision ON discovery_services (revision);`,
  `CREATE TABLE discovery_farewells (
     service TEXT NOT NULL,
     incarnation TEXT NOT NULL,
     left_at INTEGER NOT NULL,
     PRIMARY KEY (service, incarnation)
   ) WITHOUT ROWID, STRICT;
   CREATE INDEX discovery_farewells_age ON discovery_farewells (left_at);`,
];

/** For how long it is told who left on purpose: longer than anybody takes to look. */
const farewellsKeptMs = 60_000;

/** Renewals do not touch the revision, so nobody reads a service again because of them. */
const touch = (service: string): Statement => ({
  sql: `INSERT INTO discovery_services (service, revision) VALUES (?, (SELECT coalesce(max(revision), 0) + 1 FROM discovery_services))
        ON CONFLICT (service) DO UPDATE SET revision = excluded.revision`,
  values: [service],
});

export function putSet(endpoint: Endpoint, ttlMs: number, now: number): WriteSet {
  const { serviceName, instanceId, incarnation, state } = endpoint;
  return {
    name: 'discovery.put',
    statements: [
      {
        sql: `INSERT INTO discovery_endpoints (service, instance, incarnation, state, endpoint, ttl_ms, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
              ON CONFLICT (service, instance) DO UPDATE SET incarnation = excluded.incarnation, state = excluded.state,
                endpoint = excluded.endpoint, ttl_ms = excluded.ttl_ms, expires_at = excluded.expires_at`,
        values: [serviceName, instanceId, incarnation, state, storeEndpoint(endpoint), Math.ceil(ttlMs), Math.ceil(now + ttlMs)],
        expectedRows: 1,
      },
      touch(serviceName),
    ],
  };
}

/** Asks in the same step in which it writes: a row that comes back under another incarnation was left as it is. */
export function renewSet(lives: readonly EndpointRef[], ttlMs: number, now: number): WriteSet {
  return {
    name: 'discovery.renew',
    statements: lives.map(({ serviceName, instanceId, incarnation }) => ({
      sql: `UPDATE discovery_endpoints SET ttl_ms = iif(incarnation = ?3, ?4, ttl_ms), expires_at = iif(incarnation = ?3, ?5, expires_at)
            WHERE service = ?1 AND instance = ?2 RETURNING incarnation, state`,
      values: [serviceName, instanceId, incarnation, Math.ceil(ttlMs), Math.ceil(now + ttlMs)],
    })),
  };
}

export function markSet({ serviceName, instanceId, incarnation }: EndpointRef, state: Endpoint['state']): WriteSet {
  return {
    name: 'discovery.mark',
    statements: [
      {
        sql: `UPDATE discovery_endpoints SET state = iif(incarnation = ?3 AND state <> 'draining', ?4, state)
              WHERE service = ?1 AND instance = ?2 RETURNING incarnation, state`,
        values: [serviceName, instanceId, incarnation, state],
      },
      touch(serviceName),
    ],
  };
}

/** Whoever reads what is left can tell a farewell from a lease that ended. */
export function removeSet({ serviceName, instanceId, incarnation }: EndpointRef, now: number): WriteSet {
  const life = [serviceName, instanceId, incarnation];
  return {
    name: 'discovery.remove',
    statements: [
      {
        sql: `INSERT INTO discovery_farewells (service, incarnation, left_at)
              SELECT service, incarnation, ?4 FROM discovery_endpoints WHERE service = ?1 AND instance = ?2 AND incarnation = ?3
              ON CONFLICT DO NOTHING`,
        values: [...life, Math.ceil(now)],
      },
      { sql: 'DELETE FROM discovery_endpoints WHERE service = ? AND instance = ? AND incarnation = ?', values: life },
      { sql: 'DELETE FROM discovery_farewells WHERE left_at < ?', values: [Math.ceil(now - farewellsKeptMs)] },
      touch(serviceName),
    ],
  };
}

/** A wall clock that was set back would have leases last for as long as it was set back by; they are cut to their ttl. */
const fromAfterNow = 'expires_at > ? + ttl_ms + 1000';

export const dueQuery: string = `SELECT DISTINCT service FROM discovery_endpoints WHERE expires_at <= ? OR ${fromAfterNow}`;
export const dueValues = (now: number): readonly SqlValue[] => [now, now];

export function expireSet(services: readonly string[], now: number): WriteSet {
  return {
    name: 'discovery.expire',
    statements: [
      { sql: `UPDATE discovery_endpoints SET expires_at = ? + ttl_ms WHERE ${fromAfterNow}`, values: [Math.ceil(now), now] },
      { sql: 'DELETE FROM discovery_endpoints WHERE expires_at <= ?', values: [now] },
      ...services.map(touch),
    ],
  };
}

export const changedQuery = 'SELECT service, revision FROM discovery_services WHERE revision > ? ORDER BY revision';
export const endpointsQuery = 'SELECT instance, incarnation, state, endpoint FROM discovery_endpoints WHERE service = ? ORDER BY instance';
export const farewellsQuery = 'SELECT incarnation FROM discovery_farewells WHERE service = ?';
