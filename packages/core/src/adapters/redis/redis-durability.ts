import { coreError } from '../../errors/core-errors.ts';
import type { Durability, DurabilityWarning } from '../../ports/durability.ts';
import type { RedisArgument, RedisReply } from './redis-client.ts';

/** The first of the versions whose streams and scripts do everything that is asked of them. */
const oldest = [7, 0] as const;

type Ask = (name: string, ...args: readonly RedisArgument[]) => Promise<RedisReply>;

/**
 * What an acknowledgement of this server is worth, by its own settings.
 * @param what What is kept there, in the plural and with a capital: `Events`.
 * @throws STORE_UNSUPPORTED for a server that throws keys away when its memory is full, or is too old.
 */
export async function redisDurability(ask: Ask, store: string, what: string): Promise<Durability> {
  const info = await told(ask, 'INFO');
  const persistence = info ? await persistenceOf(ask, info, what) : undefined;
  if (!info || !persistence) {
    return {
      acknowledged: 'The server does not say how it keeps what it acknowledged: it may be lost when the server ends.',
      warnings: [
        {
          name: 'redis-persistence-unknown',
          message: 'INFO is refused, so nothing is known of appendonly, appendfsync and maxmemory-policy.',
        },
      ],
    };
  }
  checkVersion(info, store);
  checkPolicy(info, store, what);
  const warnings = [...persistence.warnings];
  const replicated = (info.get('connected_slaves') ?? '0') !== '0' || info.get('cluster_enabled') === '1';
  if (replicated) {
    warnings.push({
      name: 'redis-failover-may-lose',
      message: 'Replication is asynchronous: a failover loses what the replica had not heard of when its master died.',
    });
  }
  return {
    acknowledged: `${persistence.acknowledged}${replicated ? ' A failover may lose what the replica had not heard of.' : ''}`,
    warnings,
  };
}

interface Persistence {
  readonly acknowledged: string;
  readonly warnings: readonly DurabilityWarning[];
}

async function persistenceOf(ask: Ask, info: ReadonlyMap<string, string>, what: string): Promise<Persistence> {
  if (info.get('aof_enabled') !== '1') {
    const save = await setting(ask, 'save');
    if (save === undefined || save === '') {
      return {
        acknowledged: `${what} are kept in the memory of the server: they are lost when it ends in any way.`,
        warnings: [
          { name: 'redis-not-persistent', message: 'Neither appendonly nor save is set: set appendonly yes and appendfsync always.' },
        ],
      };
    }
    return {
      acknowledged: `${what} are kept in the memory of the server and saved now and then: when it crashes, those since the last snapshot are lost.`,
      warnings: [
        {
          name: 'redis-snapshots-only',
          message: `appendonly is off, snapshots are made by '${save}': set appendonly yes and appendfsync always.`,
        },
      ],
    };
  }
  const fsync = await setting(ask, 'appendfsync');
  if (fsync === 'always') return { acknowledged: `${what} are on the disk of the server when they are acknowledged.`, warnings: [] };
  if (fsync === 'everysec' || fsync === undefined) {
    return {
      acknowledged: `${what} are written to the log of the server: they survive its crash, but when its machine crashes up to about two seconds are lost.`,
      warnings: [
        fsync === undefined
          ? { name: 'redis-appendfsync-unknown', message: 'CONFIG is refused, so appendfsync is not known; only always keeps everything.' }
          : {
              name: 'redis-appendfsync-everysec',
              message: 'A crash of the machine loses up to about two seconds: set appendfsync always if that is too much.',
            },
      ],
    };
  }
  return {
    acknowledged: `${what} are written to the log of the server: they survive its crash, but what a crash of its machine loses is up to the system.`,
    warnings: [
      {
        name: 'redis-appendfsync-no',
        message: 'The system decides when the log reaches the disk: set appendfsync always, or at least everysec.',
      },
    ],
  };
}

function checkVersion(info: ReadonlyMap<string, string>, store: string): void {
  const version = info.get('redis_version') ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (version && (major < oldest[0] || (major === oldest[0] && minor < oldest[1])))
    throw coreError('STORE_UNSUPPORTED', { store, problem: `it is Redis ${version}; ${oldest.join('.')} is the oldest that will do` });
}

function checkPolicy(info: ReadonlyMap<string, string>, store: string, what: string): void {
  const policy = info.get('maxmemory_policy') ?? 'noeviction';
  if (Number(info.get('maxmemory') ?? 0) > 0 && policy !== 'noeviction') {
    throw coreError('STORE_UNSUPPORTED', {
      store,
      problem: `its maxmemory-policy is ${policy}, so it may throw ${what.toLowerCase()} away that are needed; set noeviction`,
    });
  }
}

async function told(ask: Ask, name: string): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const lines = String(await ask(name)).split('\r\n');
    return new Map(lines.filter((line) => line.includes(':')).map((line) => line.split(/:(.*)/s) as [string, string]));
  } catch (error) {
    return refused(error);
  }
}

async function setting(ask: Ask, name: string): Promise<string | undefined> {
  try {
    const [, value] = (await ask('CONFIG', 'GET', name)) as readonly Buffer[];
    return value === undefined ? undefined : String(value);
  } catch (error) {
    return refused(error);
  }
}

/** An answer of the server itself, as managed services give it, is one too. */
function refused(error: unknown): undefined {
  if (error instanceof Error && error.message.includes('it answered')) return undefined;
  throw error;
}
