import { checkOptions, coreError, type Runtime, type Statement, TuttiError } from '@tutti/core';
import { PlacedDatabase, type SqliteDatabase, type SqlitePlace, sqlitePlaceRules } from '@tutti/core/sqlite';
import type { TransactionalInbox } from '../../inbox/inbox.ts';
import { checkIdentities, type InboxLimits, inboxLimitRules, resolveInboxLimits } from '../../inbox/inbox-limits.ts';
import { HandledTable, handledTable } from './handled-table.ts';

/** In a database of the caller's, an effect can be written together with the memory of its event. */
export interface SqliteInboxOptions extends SqlitePlace, InboxLimits {}

export const sqliteInboxDefaults = { maxEvents: 100_000, maxAge: '7d' } as const;

const tables = [handledTable('inbox_handled')];

/**
 * Remembers in an SQLite file, for the processes of one host. What is remembered is on the disk. Ages are measured on the host's wall clock. Old
 * identities are removed in small steps as others come.
 *
 * @example
 * ```ts
 * import { sqliteDatabase } from '@tutti/core/sqlite';
 * import { sqliteInbox } from '@tutti/messaging/sqlite';
 *
 * const database = sqliteDatabase({ path: ':memory:' });
 * const inbox = sqliteInbox({ database, maxEvents: 1_000_000, maxAge: '7d' });
 * ```
 */
export function sqliteInbox(options: SqliteInboxOptions): TransactionalInbox {
  const checked = checkOptions('sqliteInbox', options, { optional: { ...sqlitePlaceRules, ...inboxLimitRules } }, sqliteInboxDefaults);
  const limits = resolveInboxLimits('sqliteInbox', checked);
  const place = new PlacedDatabase('sqliteInbox', checked);
  const name = `sqlite inbox ${place.path}`;
  const table = new HandledTable('inbox_handled');
  /** Buses that use it. */
  let users = 0;
  let opening: Promise<{ readonly database: SqliteDatabase; readonly runtime: Runtime }> | undefined;

  async function open(runtime: Runtime) {
    try {
      const opened = await place.open(runtime);
      await opened.migrate('messaging.inbox', tables);
      return { database: opened, runtime };
    } catch (error) {
      opening = undefined;
      await place.close();
      throw error;
    }
  }
  async function connected(subscription: string, identities: readonly string[]) {
    checkIdentities(subscription, identities);
    if (!opening) throw coreError('NOT_RUNNING', { component: name, state: 'closed' });
    return opening;
  }
  function remembering(subscription: string, identities: readonly string[], runtime: Runtime): readonly Statement[] {
    const now = Math.floor(runtime.clock.epoch());
    const list = new Map(identities.map((identity) => [identity, 1]));
    return [...table.remember(subscription, now, list), ...table.sweep(subscription, identities.length, now, limits)];
  }
  async function handled(subscription: string, identities: readonly string[]): Promise<readonly boolean[]> {
    const { database: used } = await connected(subscription, identities);
    const rows = await used.read(table.handledSql, [subscription, JSON.stringify(identities)]);
    const known = new Set(rows.map(({ identity }) => identity));
    return identities.map((identity) => known.has(identity));
  }
  return {
    name,
    durable: !place.isInMemory,
    transactional: true,
    async connect(runtime) {
      opening ??= open(runtime);
      await opening;
      users++;
    },
    async close() {
      users = Math.max(0, users - 1);
      if (users > 0 || !opening) return;
      opening = undefined;
      await place.close();
    },
    handled,
    async remember(subscription, identities) {
      const { database: used, runtime } = await connected(subscription, identities);
      if (identities.length === 0) return;
      await used.write({ name: 'inbox.remember', statements: remembering(subscription, identities, runtime) });
    },
    async commit(subscription, identity, statements) {
      const { database: used, runtime } = await connected(subscription, [identity]);
      const [first, ...rest] = remembering(subscription, [identity], runtime);
      try {
        const fence = { ...(first as Statement), expectedRows: 1 };
        await used.write({ name: 'inbox.commit', statements: [fence, ...rest, ...statements] });
        return true;
      } catch (error) {
        // the conflict is that of the memory where it is there now, and the statements' own where it is not
        if (TuttiError.is(error, 'WRITE_CONFLICT') && (await handled(subscription, [identity]))[0]) return false;
        throw error;
      }
    },
  };
}
