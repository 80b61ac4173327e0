import { type FSWatcher, watch as watchFolder } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { coreError, type Endpoint, messageOf, type Repeating, type Runtime, repeat } from '@tutti/core';
import type { RegistryChange } from '../backend/discovery-backend.ts';
import { publishedEndpoints } from './published-endpoint.ts';
import { PublishedService } from './published-service.ts';

/** More than this is no list of endpoints. */
const maxBytes = 16 * 1024 * 1024;

type Endpoints = ReadonlyMap<string, readonly Endpoint[]>;

/** Reads a file again and again while somebody watches, and tells what has changed in it. */
export class FileFollower {
  readonly #path: string;
  readonly #pollMs: number;
  readonly #runtime: Runtime;
  readonly #services = new Map<string, PublishedService>();
  #good: Endpoints | undefined;
  /** What the last look found, good or not, and since when it has. */
  #seen: string | undefined;
  #seenSince = 0;
  #problem: string | undefined;
  /** The same, once it was told. */
  #wrong: string | undefined;
  #looking: Promise<void> = Promise.resolve();
  #loop: Repeating | undefined;
  #folder: FSWatcher | undefined;

  constructor(path: string, pollMs: number, runtime: Runtime) {
    this.#path = path;
    this.#pollMs = pollMs;
    this.#runtime = runtime;
  }

  /**
   * Reads the file. Never two at once, so what was read later is told later.
   * @throws STORE_UNAVAILABLE when it is not good, and never was.
   */
  async look(): Promise<void> {
    const looking = this.#looking.then(() => this.#lookNow());
    this.#looking = looking;
    await looking;
    if (!this.#good) throw coreError('STORE_UNAVAILABLE', { store: this.#path, problem: this.#problem ?? 'it was not read' });
  }

  /** Begins with what the last look gave. */
  async watch(serviceName: string, listener: (change: RegistryChange) => void, signal: AbortSignal): Promise<void> {
    const service = this.#services.get(serviceName) ?? new PublishedService(serviceName, true);
    if (!this.#services.has(serviceName)) {
      this.#services.set(serviceName, service);
      service.publish(this.#good?.get(serviceName) ?? []);
      if (this.#wrong !== undefined) service.warn({ key: this.#path, problem: this.#wrong });
    }
    const watching = service.watch(listener, signal);
    this.#begin();
    try {
      await watching;
    } finally {
      if (!service.watched && this.#services.get(serviceName) === service) this.#services.delete(serviceName);
      if (this.#services.size === 0) await this.#rest();
    }
  }

  async close(): Promise<void> {
    for (const service of this.#services.values()) service.end();
    await this.#rest();
    await this.#looking;
  }

  #begin(): void {
    if (this.#loop) return;
    const loop = repeat(this.#runtime, { name: `following ${this.#path}`, intervalMs: this.#pollMs, jitter: 0.1 }, () =>
      this.look().catch(() => undefined),
    );
    this.#loop = loop;
    try {
      // of the folder, because a file that is replaced is another one
      this.#folder = watchFolder(dirname(this.#path), { persistent: false }, () => loop.trigger());
      this.#folder.on('error', () => undefined); // the loop looks all the same
    } catch {
      this.#folder = undefined; // the same, where the system does not watch
    }
  }

  async #rest(): Promise<void> {
    this.#folder?.close();
    this.#folder = undefined;
    const loop = this.#loop;
    this.#loop = undefined;
    await loop?.stop();
  }

  async #lookNow(): Promise<void> {
    const content = await this.#read();
    const sameAsBefore = content.seen === this.#seen;
    const now = this.#runtime.clock.now();
    if (sameAsBefore && this.#problem === undefined) return;
    if (!sameAsBefore) this.#seenSince = now;
    this.#seen = content.seen;
    const found = 'problem' in content ? content : endpointsOf(content.seen);
    this.#problem = found.problem;
    if (found.endpoints) this.#publish(found.endpoints);
    else if (now - this.#seenSince >= this.#pollMs / 2) this.#warn(found.problem); // what is being written is not wrong yet
  }

  async #read(): Promise<{ readonly seen: string } | ({ readonly seen: string } & Bad)> {
    try {
      const { size } = await stat(this.#path);
      if (size > maxBytes) return { seen: `${size} bytes`, problem: `has ${size} bytes; ${maxBytes} are the most that are read` };
      return { seen: await readFile(this.#path, 'utf8') };
    } catch (error) {
      const problem = `cannot be read: ${messageOf(error)}`;
      return { seen: problem, problem };
    }
  }

  #publish(endpoints: Endpoints): void {
    this.#good = endpoints;
    this.#wrong = undefined;
    for (const [serviceName, service] of this.#services) service.publish(endpoints.get(serviceName) ?? []);
  }

  #warn(problem: string): void {
    this.#wrong = problem;
    for (const service of this.#services.values()) service.warn({ key: this.#path, problem });
  }
}

interface Bad {
  readonly problem: string;
  readonly endpoints?: undefined;
}
interface Good {
  readonly problem?: undefined;
  readonly endpoints: Endpoints;
}

function endpointsOf(content: string): Good | Bad {
  try {
    const parsed: unknown = JSON.parse(content);
    if (typeof parsed !== 'object' || parsed === null || !('endpoints' in parsed)) return { problem: 'endpoints is missing' };
    return { endpoints: publishedEndpoints('endpoints', parsed.endpoints) };
  } catch (error) {
    return { problem: error instanceof SyntaxError ? `must be JSON: ${error.message}` : messageOf(error) };
  }
}
