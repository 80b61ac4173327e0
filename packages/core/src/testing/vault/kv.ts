import type { Runtime } from '../../runtime/runtime.ts';
import { type FakeAnswer, missing, success } from './answers.ts';
import { fakeId } from './fake-id.ts';

interface Version {
  /** Undefined when it was deleted. */
  data: Readonly<Record<string, unknown>> | undefined;
  readonly createdAt: number;
  deletedAt: number | undefined;
}

/** Where the engines are mounted, and which version of the KV engine each is. */
export const kvMounts = { secret: 2, kv: 1 } as const;

/** The KV engine twice: version 2 under `secret/`, version 1 under `kv/`. */
export class FakeKv {
  readonly #runtime: Runtime;
  readonly #keys = new Map<string, Version[]>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  put(key: string, data: Readonly<Record<string, unknown>>): void {
    const versions = this.#keys.get(key) ?? [];
    versions.push({ data: structuredClone(data), createdAt: this.#runtime.clock.epoch(), deletedAt: undefined });
    this.#keys.set(key, versions);
  }

  /** Deletes the latest version. Version 2 remembers that it was there. */
  delete(key: string): void {
    const latest = this.#keys.get(key)?.at(-1);
    if (!latest) return;
    latest.data = undefined;
    latest.deletedAt = this.#runtime.clock.epoch();
  }

  answer(method: string, path: string, query: URLSearchParams): FakeAnswer | undefined {
    if (method !== 'GET') return undefined;
    const [mount = '', ...rest] = path.split('/');
    if (mount === 'kv') return this.#version1(`kv/${rest.join('/')}`);
    return mount === 'secret' && rest[0] === 'data' ? this.#version2(`secret/${rest.slice(1).join('/')}`, query.get('version')) : undefined;
  }

  /** Version 1 advises, as `lease_duration`, when to read again: the key's own `ttl`, or the system's default of 768 hours. */
  #version1(key: string): FakeAnswer {
    const data = this.#keys.get(key)?.at(-1)?.data;
    if (!data) return missing;
    const ttl = Number.parseInt(String(data['ttl'] ?? ''), 10);
    return success({ data, lease_duration: Number.isNaN(ttl) ? 2_764_800 : ttl }, () => fakeId(this.#runtime, 32));
  }

  #version2(key: string, wanted: string | null): FakeAnswer {
    const versions = this.#keys.get(key) ?? [];
    const number = wanted === null ? versions.length : Number(wanted);
    const version = versions[number - 1];
    if (!version) return missing;
    const metadata = {
      created_time: new Date(version.createdAt).toISOString(),
      custom_metadata: null,
      deletion_time: version.deletedAt === undefined ? '' : new Date(version.deletedAt).toISOString(),
      destroyed: false,
      version: number,
    };
    const answer = success({ data: { data: version.data ?? null, metadata } }, () => fakeId(this.#runtime, 32));
    return version.data ? answer : { ...answer, status: 404 };
  }
}
