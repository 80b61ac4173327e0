import { defaultRuntime } from '../runtime/runtime.ts';
import { Connection } from './connection.ts';
import type { WriterOptions } from './protocol.ts';
import { type Refusal, refusalOf } from './refusal.ts';
import { hasWalResetDefect } from './wal-reset-defect.ts';
import { whenFree } from './when-free.ts';

/** macOS's fsync leaves data in the disk's own cache; the last two make it go through. Elsewhere they do nothing. */
const durable = 'PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON';

/** A mapped file turns an error of the disk into the end of the process. The limit gives back the room of a WAL that once grew large. */
const careful = 'PRAGMA mmap_size = 0; PRAGMA journal_size_limit = 67108864';

/** The connection that writes, in WAL mode and with full sync. */
export async function openWriter({ path, busyTimeoutMs }: Omit<WriterOptions, 'posted'>): Promise<Connection | Refusal> {
  try {
    return await whenFree(defaultRuntime, busyTimeoutMs, () => openNow(path));
  } catch (error) {
    return refusalOf(error);
  }
}

/** Every statement here may meet a lock, the most harmless included: a process that opens the file for the first time holds it wholly for a moment. */
function openNow(path: string): Connection | Refusal {
  const connection = new Connection(path, { readOnly: false });
  try {
    const refusal = configure(connection);
    if (refusal) connection.close();
    return refusal ?? connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function configure(connection: Connection): Refusal | undefined {
  const version = String(connection.query('SELECT sqlite_version() AS version')[0]?.['version']);
  if (hasWalResetDefect(version)) {
    const problem = `SQLite ${version} of this Node may corrupt a file that several processes write (WAL-reset defect); use Node >= 22.23 or >= 24.15, which bundle SQLite >= 3.51.3`;
    return { refused: 'unsupported', problem };
  }
  const mode = connection.query('PRAGMA journal_mode = WAL')[0]?.['journal_mode'];
  if (mode !== 'wal')
    return { refused: 'unsupported', problem: `its file system cannot do WAL (the journal mode stays "${mode}"); use a local disk` };
  connection.script(`${durable}; ${careful}`);
  return undefined;
}
