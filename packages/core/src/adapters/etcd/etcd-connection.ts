import { coreError } from '../../errors/core-errors.ts';
import { type Component, component } from '../../lifecycle/component.ts';
import { checkOptions } from '../../options/check-options.ts';
import { type Duration, durationMs } from '../../options/duration.ts';
import { duration, objectWith, text } from '../../options/rules.ts';
import { defaultRuntime, type Runtime } from '../../runtime/runtime.ts';
import { EtcdClient, isLeaseNotFound } from './etcd-client.ts';
import { etcdHost, etcdHosts } from './etcd-hosts.ts';
import type { EtcdTls } from './etcd-http.ts';
import { type EtcdFound, type EtcdRange, foundOfWire, rangeToWire } from './etcd-range.ts';
import { type EtcdOutcome, type EtcdTransaction, outcomeOfWire, transactionToWire, type WireOutcome } from './etcd-transaction.ts';
import { type EtcdEvent, eventsOfWire, toWire, type WireRange, type WireWatch, wireEndOf } from './etcd-wire.ts';

export interface EtcdConnectionOptions {
  /** Members of the cluster: `http://host:2379` or `https://`, those of `user:password@` as that user, the same for all. */
  readonly hosts: readonly string[];
  /** Certificates for `https://`. Who a client is for etcd's rights is said by user and password, not by its certificate. */
  readonly tls?: EtcdTls;
  /** Begins every key. @defaultValue 'tutti/' */
  readonly keyPrefix?: string;
  /** How long an answer may take. @defaultValue '2s' */
  readonly commandTimeout?: Duration;
  readonly runtime?: Runtime;
}

export const etcdConnectionDefaults = { keyPrefix: 'tutti/', commandTimeout: '2s' } as const;

/**
 * A way to an etcd cluster (3.4 or newer), shared by any number of stores. It speaks the JSON API that every member serves beside gRPC on the same
 * port, over HTTP/1.1, and needs no package beside Node.
 *
 * All reads are linearizable. It fails fast: a question that is not answered within `commandTimeout` is given up, and nothing is sent twice;
 * `sent` in the error says whether it may have been done. Questions go to one member until that fails, then to the next in `hosts`.
 * Nothing is connected that could be lost between two questions, so there is nothing to come back to.
 */
export interface EtcdConnection extends Component {
  readonly keyPrefix: string;
  /** @throws STORE_UNAVAILABLE, STORE_UNSUPPORTED, NOT_RUNNING; so do all others. */
  range(range: EtcdRange): Promise<EtcdFound>;
  /** One step: `apply` if the condition holds, `otherwise` if not. At most 128 operations, unless the servers allow more. */
  transact(transaction: EtcdTransaction): Promise<EtcdOutcome>;
  /** A new lease. Etcd counts in seconds and grants no less than about one and a half elections: `ttlSeconds` is what it granted. */
  grant(ttlSeconds: number): Promise<EtcdGrant>;
  /** Begins the lease's time anew and says how many seconds it was granted for; 0 when it is over. */
  keepAlive(lease: string): Promise<number>;
  /** Ends a lease and deletes its keys in one step. One that is over already is no failure. */
  revoke(lease: string): Promise<void>;
  /**
   * Hears of every write under `prefix` from the revision `from` on (without it, from now on), in order, as one list for each step of the store. First
   * called, with an empty list, when the watch is in place. Resolves when `signal` is aborted, or with `compacted` when etcd
   * has forgotten what was written since `from`: then only reading the prefix again gives what it holds. Throws when the stream is lost.
   */
  watch(watch: EtcdWatch, listener: (events: readonly EtcdEvent[]) => void, signal: AbortSignal): Promise<'ended' | 'compacted'>;
}

export interface EtcdGrant {
  readonly lease: string;
  readonly ttlSeconds: number;
}

export interface EtcdWatch {
  readonly prefix: string;
  readonly from?: bigint;
}

/**
 * @throws INVALID_OPTIONS naming the path. `start` throws STORE_UNAVAILABLE when no member answers, STORE_UNSUPPORTED when what answers is no etcd that can be used.
 *
 * @example
 * ```ts
 * import { etcdConfigStore, etcdConnection } from '@tutti/core/etcd';
 *
 * const connection = etcdConnection({ hosts: ['http://127.0.0.1:2379'] });
 * await connection.start();
 * const config = etcdConfigStore({ connection });
 * await config.put('mail', { paused: true }, 0, 'ada');
 * await connection.stop();
 * ```
 */
export function etcdConnection(options: EtcdConnectionOptions): EtcdConnection {
  const checked = checkOptions(
    'etcdConnection',
    options,
    {
      required: { hosts: etcdHosts },
      optional: {
        tls: objectWith('{ ca, cert, key }'),
        keyPrefix: text,
        commandTimeout: duration,
        runtime: objectWith('a Runtime', 'clock', 'logger', 'random'),
      },
    },
    etcdConnectionDefaults,
  );
  return connectionOf(checked);
}

type Checked = EtcdConnectionOptions & Required<Pick<EtcdConnectionOptions, keyof typeof etcdConnectionDefaults>>;

function connectionOf({ hosts: urls, tls = {}, keyPrefix, commandTimeout, runtime = defaultRuntime }: Checked): EtcdConnection {
  const hosts = urls.map(etcdHost);
  const name = `etcd ${hosts.map((host) => host.name).join(', ')}`;
  const commandMs = durationMs(commandTimeout, 'etcdConnection.commandTimeout');
  let client: EtcdClient | undefined;
  const status = (asked: EtcdClient): Promise<object> => asked.ask('/v3/maintenance/status', {});
  const life = component(name, {
    async open() {
      client = new EtcdClient({ name, hosts, clock: runtime.clock, commandMs, tls });
      await status(client);
    },
    close: () => client?.close(),
    async probe() {
      await status(running());
      return { status: 'healthy' };
    },
  });
  function running(): EtcdClient {
    if (!client || life.state !== 'running') throw coreError('NOT_RUNNING', { component: name, state: life.state });
    return client;
  }
  const ask = async <T extends object>(verb: string, question: object): Promise<T> => running().ask<T>(`/v3/${verb}`, question);

  return Object.assign(life, {
    keyPrefix,
    range: async (range: EtcdRange) => foundOfWire(await ask<WireRange>('kv/range', rangeToWire(range))),
    transact: async (transaction: EtcdTransaction) => outcomeOfWire(await ask<WireOutcome>('kv/txn', transactionToWire(transaction))),
    async grant(ttlSeconds: number) {
      const { ID, TTL } = await ask<{ readonly ID: string; readonly TTL: string }>('lease/grant', { TTL: String(ttlSeconds) });
      return { lease: ID, ttlSeconds: Number(TTL) };
    },
    async keepAlive(lease: string) {
      const { result } = await ask<{ readonly result?: { readonly TTL?: string } }>('lease/keepalive', { ID: lease });
      return Number(result?.TTL ?? 0);
    },
    async revoke(lease: string) {
      try {
        await ask('lease/revoke', { ID: lease });
      } catch (error) {
        if (!isLeaseNotFound(error)) throw error;
      }
    },
    async watch({ prefix, from }: EtcdWatch, listener: (events: readonly EtcdEvent[]) => void, signal: AbortSignal) {
      const ending = new AbortController();
      let compacted = false;
      let problem: string | undefined;
      const hear = (message: WireWatch): void => {
        compacted = message.compact_revision !== undefined;
        if (message.canceled && !compacted) problem = message.cancel_reason ?? 'it cancelled the watch';
        if (message.canceled) ending.abort();
        else if (message.created || message.events) listener(eventsOfWire(message));
      };
      const question = {
        key: toWire(prefix),
        range_end: wireEndOf(prefix),
        ...(from !== undefined && { start_revision: String(from) }),
      };
      await running().listen('/v3/watch', { create_request: question }, hear, AbortSignal.any([signal, ending.signal]));
      if (problem !== undefined && !signal.aborted) throw coreError('STORE_UNAVAILABLE', { store: name, problem, sent: true });
      return compacted ? ('compacted' as const) : ('ended' as const);
    },
  });
}
