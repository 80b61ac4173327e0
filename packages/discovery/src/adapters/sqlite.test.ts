import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkLaws, testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import type { DiscoveryBackend } from '../backend/discovery-backend.ts';
import { type BackendSubject, discoveryLaws, leaseLaws, watchLaws } from '../testing/index.ts';
import { sqliteBackend } from './sqlite.ts';

/** Clients with databases of their own, as several processes have them. */
async function sqliteSubject(): Promise<BackendSubject> {
  const folder = await mkdtemp(join(tmpdir(), 'tutti-discovery-'));
  const runtime = testRuntime();
  const clients: DiscoveryBackend[] = [];
  return {
    runtime,
    connect() {
      const client = sqliteBackend({ path: join(folder, 'registry.db'), runtime });
      clients.push(client);
      return client;
    },
    pass: (ms) => runtime.clock.advance(ms),
    async dispose() {
      await Promise.all(clients.map((client) => client.close()));
      await rm(folder, { recursive: true });
    },
  };
}

describe('the sqlite backend', () => {
  checkLaws(it, [...watchLaws, ...leaseLaws, ...discoveryLaws], sqliteSubject);
});
