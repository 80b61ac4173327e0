import { coreError, type Durability, type DurabilityWarning } from '@tutti/core';
import type { Connections } from './connections.ts';

/** The first with `xid8` and `pg_current_snapshot`, by which events keep the order of commits. */
const oldest = 130_000;

/**
 * What an acknowledgement of this server is worth, by the settings that this connection has.
 * @throws STORE_UNSUPPORTED for a standby, one that is read-only, or one that is too old
 */
export async function postgresDurability(connections: Connections, store: string): Promise<Durability> {
  const { rows } = await connections.ask({
    text: `SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') AS read_only, current_setting('server_version_num') AS version,
      current_setting('server_version') AS version_text, current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_pages,
      current_setting('synchronous_commit') AS sync, current_setting('synchronous_standby_names') AS sync_standbys,
      (SELECT count(*)::int FROM pg_stat_replication) AS standbys`,
  });
  const found = rows[0] ?? {};
  const refuse = (problem: string): Error => coreError('STORE_UNSUPPORTED', { store, problem });
  if (Number(found['version']) < oldest) throw refuse(`it is PostgreSQL ${found['version_text']}; 13 is the oldest that will do`);
  if (found['standby'] === true) throw refuse('it is a hot standby, which is read-only; give the address of the primary');
  if (found['read_only'] === 'on') throw refuse('it is read-only: default_transaction_read_only is on');
  return wordsFor({
    fsync: found['fsync'] !== 'off',
    fullPages: found['full_pages'] !== 'off',
    sync: String(found['sync']),
    syncStandbys: found['sync_standbys'] !== '',
    standbys: Number(found['standbys']) > 0,
  });
}

interface Settings {
  readonly fsync: boolean;
  readonly fullPages: boolean;
  readonly sync: string;
  readonly syncStandbys: boolean;
  readonly standbys: boolean;
}

/** Apart, because standbys and settings of a whole server are more than a test should need. */
export function wordsFor({ fsync, fullPages, sync, syncStandbys, standbys }: Settings): Durability {
  const warnings: DurabilityWarning[] = [];
  const warn = (name: string, message: string): void => void warnings.push({ name: `postgres-${name}`, message });
  if (!fsync) warn('fsync-off', 'A crash of the machine may lose everything, not only the last checkpoints: set fsync = on.');
  if (!fullPages)
    warn(
      'full-page-writes-off',
      'A crash of the machine may leave pages half written, unless the file system prevents that: set full_page_writes = on.',
    );
  if (sync === 'off')
    warn(
      'synchronous-commit-off',
      'A crash of the server loses what was acknowledged in the last three times wal_writer_delay: set synchronous_commit = on.',
    );
  else if (syncStandbys && sync === 'local')
    warn(
      'synchronous-commit-local',
      'There are synchronous standbys, but commits do not wait for them, so a failover may lose checkpoints: set synchronous_commit = on.',
    );
  else if (standbys && !syncStandbys)
    warn(
      'failover-may-lose',
      'Standbys follow asynchronously: a failover loses what they had not heard of. Name them in synchronous_standby_names if that is too much.',
    );
  return { acknowledged: `${onThisServer(fsync, sync)}${onOthers(sync, syncStandbys, standbys)}`, warnings };
}

function onThisServer(fsync: boolean, sync: string): string {
  if (sync === 'off')
    return 'Checkpoints are acknowledged before they are on the disk of the server: its crash loses those of the last moments.';
  if (!fsync)
    return 'Checkpoints are with the operating system of the server: they survive its crash, but a crash of its machine may lose everything.';
  return 'Checkpoints are on the disk of the server when they are acknowledged.';
}

function onOthers(sync: string, syncStandbys: boolean, standbys: boolean): string {
  if (sync === 'off') return '';
  if (syncStandbys && sync !== 'local') {
    return sync === 'remote_write'
      ? ' The synchronous standbys have received them.'
      : ' They are on the disks of the synchronous standbys, too.';
  }
  return standbys || syncStandbys ? ' A failover may lose what the standbys had not heard of.' : '';
}
