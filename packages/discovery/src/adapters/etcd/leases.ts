import type { EtcdConnection } from '@tutti/core/etcd';

/** The leases of lives: each has one of its own, granted by etcd in whole seconds. */
export class Leases {
  readonly #connection: EtcdConnection;
  /** By key, the lease of a write whose answer never came: it may have been done, be under way, or be lost. */
  readonly #unsettled = new Map<string, string>();
  /** Etcd grants no less than this, whatever one asks for; 0 as long as it never said so. */
  #leastSeconds = 0;

  constructor(connection: EtcdConnection) {
    this.#connection = connection;
  }

  /** Grants a lease and has `write` use it for the key. Where that fails, the lease is looked into before anything else is done to the key. */
  async begin<T>(key: string, ttlMs: number, write: (lease: string) => Promise<T>): Promise<T> {
    const seconds = Math.ceil(ttlMs / 1_000);
    const { lease, ttlSeconds } = await this.#connection.grant(seconds);
    if (ttlSeconds > seconds) this.#leastSeconds = ttlSeconds;
    this.#unsettled.set(key, lease);
    const written = await write(lease);
    this.#unsettled.delete(key);
    return written;
  }

  /**
   * A write that was given up may still arrive. With its lease revoked it cannot take effect any more; and if it has taken effect already, it
   * cannot a second time.
   */
  async settle(key: string): Promise<void> {
    const lease = this.#unsettled.get(key);
    if (lease === undefined) return;
    const [entry] = (await this.#connection.range({ key })).entries;
    if (entry?.lease !== lease) await this.#connection.revoke(lease);
    this.#unsettled.delete(key);
  }

  /** Begins the time of a lease anew; says if it is over, or another is needed because it was granted for another time. */
  async keep(lease: string, ttlMs: number): Promise<'kept' | 'over' | 'other'> {
    if (lease === '0') return 'other';
    const seconds = await this.#connection.keepAlive(lease);
    if (seconds === 0) return 'over';
    return seconds === Math.max(Math.ceil(ttlMs / 1_000), this.#leastSeconds) ? 'kept' : 'other';
  }
}
