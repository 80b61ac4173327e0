import {
  checkOptions,
  coreError,
  type Durability,
  type Duration,
  duration,
  durationMs,
  objectWith,
  type Runtime,
  type TuttiError,
  text,
  wholeNumber,
} from '@tutti/core';
import {
  PlacedConnection,
  type RedisPlace,
  type RedisReply,
  redisDurability,
  redisPlaceDefaults,
  redisPlaceRules,
} from '@tutti/core/redis';
import { sagaError } from '../errors.ts';
import type { SagaStore } from '../store/saga-store.ts';
import { Bell } from './redis/bell.ts';
import { claimScript, renewScript } from './redis/claim-scripts.ts';
import { type Confirmation, RedisSagas } from './redis/redis-sagas.ts';
import { withReplicas } from './redis/replicas.ts';
import { redisDesk } from './redis/saga-desk.ts';
import { recordOf } from './redis/saga-hash.ts';
import { redisOutbox } from './redis/saga-outbox.ts';
import { checkpointArguments, createArguments, kindOf } from './redis/write-arguments.ts';
import { WriteQueue } from './redis/write-queue.ts';
import { writeScript } from './redis/write-script.ts';

export type { RedisPlace } from '@tutti/core/redis';

/** A write is only acknowledged when so many replicas have it. */
export interface RedisWait {
  /** At least 1. */
  readonly replicas: number;
  /** How long they may take; what they have not confirmed by then rejects with STORE_UNAVAILABLE. @defaultValue '1s' */
  readonly timeout?: Duration;
}

export interface RedisStoreOptions extends RedisPlace {
  /** Stores of different names share nothing. @defaultValue 'sagas' */
  readonly name?: string;
  /** Waits for replicas after what creates, claims, checkpoints or asks. Not on a cluster. @defaultValue what the server acknowledges is acknowledged */
  readonly wait?: RedisWait;
}

const defaults = { ...redisPlaceDefaults, name: 'sagas' } as const;
export const redisStoreDefaults: typeof redisPlaceDefaults & { readonly name: 'sagas' } = defaults;
export const redisWaitDefaults = { timeout: '1s' } as const;

/** Scripts on their way at once. With replicas to wait for, one: what comes meanwhile waits with the next. */
const maxSending = 2;
/** How many leases one script renews at most. */
const renewedAtOnce = 500;

/**
 * Sagas in a Redis server or cluster (7.0 or later), for any number of workers on any number of hosts. Each saga is one hash, written only by scripts that check who
 * holds it; leases and times to wait follow the server's clock. All keys of a store lie in one slot: a cluster is there for other data, it does not spread a store.
 *
 * Several orchestrators may share one object: it is open until the last of them closes it. What an acknowledgement is worth is up to the settings of the server:
 * `open` says it in words. After a failover that lost something a fence may be given a second time.
 *
 * @example
 * ```ts
 * import { SagaOrchestrator } from '@tutti/saga';
 * import { redisStore } from '@tutti/saga/redis';
 *
 * const sagas = new SagaOrchestrator({ store: redisStore({ url: 'redis://127.0.0.1:6379' }), sagas: [] });
 * await sagas.start();
 * await sagas.stop();
 * ```
 */
export function redisStore(options: RedisStoreOptions): SagaStore {
  const rules = { optional: { ...redisPlaceRules, name: text, wait: objectWith('a RedisWait', 'replicas') } };
  const checked = checkOptions<RedisStoreOptions, typeof defaults>('redisStore', options, rules, defaults);
  const confirmation = checked.wait && confirmationOf(checked.wait);
  const place = new PlacedConnection('redisStore', checked);
  const name = `redis store ${checked.name} on ${place.name}`;
  // encoded, so that a brace in a name does not end the part that is hashed
  const keys = `${place.keyPrefix}saga:{${encodeURIComponent(checked.name)}}`;
  const bell = new Bell();
  let open: { readonly sagas: RedisSagas; readonly queue: WriteQueue; readonly runtime: Runtime } | undefined;
  let opening: Promise<Durability> | undefined;
  let users = 0;
  let lastNumber = 0;

  const opened = (): NonNullable<typeof open> => {
    if (!open) throw notRunning(name);
    return open;
  };
  /** Rises with every call, and mostly from one process to the next under the name of the same worker. */
  const nextNumber = (runtime: Runtime): number => {
    lastNumber = Math.max(lastNumber + 1, Math.floor(runtime.clock.epoch() * 1_000));
    return lastNumber;
  };

  async function begin(runtime: Runtime): Promise<Durability> {
    const connection = await place.open(runtime);
    try {
      const found = await redisDurability(connection.command, connection.name, 'Checkpoints');
      const durability = confirmation ? await withReplicas(connection, confirmation, found) : found;
      const sagas = new RedisSagas({ connection, keys, commandMs: place.commandMs, confirmation, name });
      const queue = new WriteQueue({ sagas, maxSending: confirmation ? 1 : maxSending, name, ring: bell.ring });
      await sagas.run(writeScript, []); // a server that cannot be written to says so now
      open = { sagas, queue, runtime };
      bell.begin(connection, `${keys}:bell`);
      return durability;
    } catch (error) {
      await place.close(connection);
      throw error;
    }
  }

  return {
    name,
    capabilities: { durable: true, shared: true, transactional: false },
    desk: redisDesk(() => opened().sagas, bell),
    outbox: redisOutbox(() => opened().sagas),
    async open(runtime) {
      opening ??= begin(runtime);
      const mine = opening;
      users++;
      try {
        return await mine;
      } catch (error) {
        users--;
        if (opening === mine) opening = undefined;
        throw error;
      }
    },
    async close() {
      if (users > 1) return void users--;
      users = 0;
      opening = undefined;
      const closing = open;
      open = undefined;
      bell.end();
      if (!closing) return;
      await closing.queue.settled();
      closing.sagas.close();
      await place.close(closing.sagas.connection);
    },
    async create(saga, options = {}) {
      refuseStatements(saga.id, options.statements);
      const { reply, now } = await opened().queue.add(createArguments(saga, options));
      const [created, lockedBy] = (Array.isArray(reply) ? reply : [reply]) as unknown as readonly [number, Buffer?];
      return { created: created === 1, ...(lockedBy && { lockedBy: String(lockedBy) }), now };
    },
    async claim({ worker, leaseMs, max, known }) {
      const kinds = known.map(({ saga, fingerprint }) => kindOf(saga, fingerprint));
      const took = (reply: RedisReply): boolean => (reply as readonly (readonly unknown[])[])[3]?.length !== 0;
      const reply = await opened().sagas.write(claimScript, [worker, Math.ceil(leaseMs), max, ...new Set(kinds)], took);
      const [now, nextDueAt, asked, claimed] = reply as unknown as readonly [Buffer, Buffer, readonly Buffer[], readonly ClaimedRow[]];
      return {
        sagas: claimed.map(([id, dueAt, takenFrom, hash]) => ({
          ...recordOf(String(id), dueAt, hash),
          ...(takenFrom.length > 0 && { takenFrom: String(takenFrom) }),
        })),
        asked: asked.map(String),
        ...(nextDueAt.length > 0 && { nextDueAt: Number(String(nextDueAt)) }),
        now: Number(String(now)),
      };
    },
    async checkpoint(checkpoint) {
      refuseStatements(checkpoint.id, checkpoint.statements);
      const { queue, runtime } = opened();
      const { reply } = await queue.add(checkpointArguments(checkpoint, nextNumber(runtime)));
      if (reply !== 1) throw sagaError('SAGA_FENCED', { id: checkpoint.id, fence: checkpoint.fence });
    },
    async renew(worker, held, leaseMs) {
      const lost: string[] = [];
      let now = 0;
      for (let at = 0; at === 0 || at < held.length; at += renewedAtOnce) {
        const leases = held.slice(at, at + renewedAtOnce).flatMap(({ id, fence }) => [id, fence]);
        const reply = await opened().sagas.run(renewScript, [worker, Math.ceil(leaseMs), ...leases]);
        const [time, rung, ids] = reply as unknown as readonly [Buffer, number, readonly Buffer[]];
        if (rung === 1) bell.ring();
        lost.push(...ids.map(String));
        now = Number(String(time));
      }
      return { lost, now };
    },
  };
}

type ClaimedRow = readonly [id: Buffer, dueAt: Buffer, takenFrom: Buffer, hash: RedisReply];

function confirmationOf(wait: RedisWait): Confirmation {
  const rules = { required: { replicas: wholeNumber({ min: 1 }) }, optional: { timeout: duration } };
  const { replicas, timeout } = checkOptions<RedisWait, typeof redisWaitDefaults>('redisStore.wait', wait, rules, redisWaitDefaults);
  return { replicas, timeoutMs: Math.max(1, Math.ceil(durationMs(timeout, 'redisStore.wait.timeout'))) }; // 0 would wait for ever
}

function refuseStatements(id: string, statements: readonly unknown[] = []): void {
  if (statements.length > 0)
    throw sagaError('SAGA_TX_REFUSED', { id, statement: 1, problem: 'this store has no database to execute it in' });
}

const notRunning = (name: string): TuttiError => coreError('NOT_RUNNING', { component: name, state: 'closed' });
