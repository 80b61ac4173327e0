import { mkdir, realpath, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { coreError } from '../errors/core-errors.ts';

/** File systems of Linux (statfs(2), f_type) that are, or may be, on another machine. WAL needs memory that all users of a file share. */
const networkFileSystems: Readonly<Record<number, string>> = {
  26985: 'NFS',
  20859: 'SMB',
  4266872130: 'SMB',
  4283649346: 'CIFS',
  1702057286: 'FUSE',
  16914839: '9P',
  12805120: 'Ceph',
  1397113167: 'AFS',
  1937076805: 'Coda',
};

/** The name of the network file system with this number; undefined for a local one. */
export function networkFileSystem(type: number): string | undefined {
  return networkFileSystems[type >>> 0];
}

/**
 * Makes the folder of a database file when it is missing, and gives the file's real path.
 * @throws STORE_UNAVAILABLE when there can be no such file.
 * @throws STORE_UNSUPPORTED on a network file system.
 */
export async function preparePlace(path: string, typeOf: (folder: string) => Promise<number> = fileSystemType): Promise<string> {
  const folder = dirname(path);
  try {
    await makeFolder(folder);
  } catch (error) {
    const problem = `its folder cannot be made (${(error as Error).message}); name one where this user may write`;
    throw coreError('STORE_UNAVAILABLE', { store: path, problem }, { cause: error });
  }
  const real = await realpath(path).catch(async () => join(await realpath(folder), basename(path)));
  const found = await ifThere(real);
  if (found && !found.isFile())
    throw coreError('STORE_UNAVAILABLE', { store: path, problem: 'this is no regular file; name a file, existing or new' });
  const network = networkFileSystem(await typeOf(dirname(real)));
  if (network) {
    const problem = `it lies on ${network}, where SQLite cannot rely on locks and shared memory; use a local disk, or a server's store`;
    throw coreError('STORE_UNSUPPORTED', { store: path, problem });
  }
  return real;
}

async function fileSystemType(folder: string): Promise<number> {
  return process.platform === 'linux' ? (await statfs(folder)).type : 0;
}

function ifThere(path: string): ReturnType<typeof stat> | Promise<undefined> {
  return stat(path).catch(() => undefined) as ReturnType<typeof ifThere>;
}

/** One level at a time: Node's recursive mkdir never returns where an existing folder answers ENOENT, as /proc does. */
async function makeFolder(folder: string): Promise<void> {
  const found = await ifThere(folder);
  if (found?.isDirectory()) return;
  if (!found && dirname(folder) !== folder) await makeFolder(dirname(folder));
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (found || error.code !== 'EEXIST') throw error;
  });
}
