import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Endpoint, EndpointRegistration, EndpointRegistry } from '@tutti/core';
import { type DeploymentPlatform, localProcesses, type ProcessImage } from '@tutti/deploy';

const program = (name: string): string => join(import.meta.dirname, 'programs', name);

export const images: Readonly<Record<string, ProcessImage>> = {
  'good:1': { module: program('good.ts') },
  'good:2': { module: program('good.ts') },
  'stubborn:1': { module: program('stubborn.mjs') },
  'never-ready:1': { module: program('never-ready.mjs') },
  'missing:1': { module: program('is-not-there.mjs') },
};

export function platformIn(folder: string, more: Readonly<Record<string, ProcessImage>> = {}): DeploymentPlatform {
  return localProcesses({
    images: { ...images, ...more },
    dataDir: join(folder, 'processes'),
    logDir: join(folder, 'logs'),
    env: { PATH: process.env['PATH'] ?? '' },
  });
}

/** A folder that is removed at the end of the work. */
export async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-deploy-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Alive, and not a zombie that nobody has collected. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** The endpoints somebody would find, as a registry that is only a map. */
export class MapRegistry implements EndpointRegistry {
  readonly endpoints: Map<string, { host: string; port: number; draining: boolean }> = new Map();

  async register({ serviceName, instanceId = '', host, port, version }: EndpointRegistration): Promise<Endpoint> {
    this.endpoints.set(instanceId, { host, port, draining: false });
    return {
      serviceName,
      instanceId,
      incarnation: '1',
      host,
      port,
      weight: 1,
      tags: [],
      metadata: {},
      state: 'ready',
      ...(version !== undefined && { version }),
    };
  }

  async drain({ instanceId }: { instanceId: string }): Promise<void> {
    const endpoint = this.endpoints.get(instanceId);
    if (endpoint) endpoint.draining = true;
  }

  async deregister({ instanceId }: { instanceId: string }): Promise<void> {
    this.endpoints.delete(instanceId);
  }

  /** The addresses that requests may go to now. */
  get open(): readonly string[] {
    return [...this.endpoints.values()].filter(({ draining }) => !draining).map(({ host, port }) => `http://${host}:${port}`);
  }
}
