import { createHash } from 'node:crypto';
import { access, constants, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { platformError } from '../errors.ts';

/** Where a platform keeps what it must not lose, and where its services write their logs. */
export interface DataFolder {
  readonly path: string;
  /** Events and sagas, unless a server keeps them. */
  readonly workFile: string;
  /** Endpoints. */
  readonly registryFile: string;
  readonly documentsFile: string;
  readonly checksFile: string;
  readonly logFolder: string;
  /** Records of the service processes. */
  readonly processFolder: string;
  readonly authorizationFile: string;
  /** The token of the inspection API, for the owner alone. */
  readonly inspectionTokenFile: string;
  /** Who did what by hand, a line each. */
  readonly auditFile: string;
  /** Removes the folder if it was made for this run only. */
  dispose(): Promise<void>;
}

/**
 * Makes the folder if need be and proves that it can be written.
 * @throws FOLDER_NOT_WRITABLE
 */
export async function openDataFolder(path: string): Promise<DataFolder> {
  await proveWritable(path, '--data');
  return { ...dataFolderAt(resolve(path)), dispose: async () => {} };
}

/** A folder of its own for one run. */
export async function temporaryDataFolder(): Promise<DataFolder> {
  const path = await mkdtemp(join(tmpdir(), 'tutti-')).catch((error: unknown) => {
    throw notWritable(tmpdir(), error, 'TMPDIR=');
  });
  return { ...dataFolderAt(path), dispose: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}

/** @throws FOLDER_NOT_WRITABLE; `option` is what the user may change. */
export async function proveWritable(path: string, option: string): Promise<void> {
  try {
    await makeFolder(resolve(path));
    await access(path, constants.W_OK | constants.X_OK);
    await rm(await mkdtemp(join(path, '.writable-')), { recursive: true }); // root passes every access check, also on a read-only file system
  } catch (error) {
    throw notWritable(path, error, option);
  }
}

/** Level by level: where nothing can be made, as under /proc, Node's recursive mkdir does not come back (seen with 24.21). */
async function makeFolder(path: string): Promise<void> {
  if (
    await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    )
  )
    return;
  if (dirname(path) !== path) await makeFolder(dirname(path));
  await mkdir(path);
}

function notWritable(path: string, cause: unknown, option: string): Error {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const words: Readonly<Record<string, string>> = {
    EACCES: 'permission denied',
    EROFS: 'the file system is read-only',
    ENOENT: 'nothing can be made there',
    ENOTDIR: 'a file stands where a folder should be',
    EEXIST: 'a file stands where the folder should be',
    ENOSPC: 'the disk is full',
  };
  return platformError('FOLDER_NOT_WRITABLE', { path, problem: words[code] ?? code, option }, { cause });
}

/** What a platform is called at a server that several may share: they keep apart by their folders. */
export const nameAtServers = ({ path }: Pick<DataFolder, 'path'>): string =>
  `platform-${createHash('sha256').update(path).digest('hex').slice(0, 12)}`;

/** The names in a data folder; its services find theirs by the same function. */
export function dataFolderAt(path: string): Omit<DataFolder, 'dispose'> {
  return {
    path,
    workFile: join(path, 'work.db'),
    registryFile: join(path, 'registry.db'),
    documentsFile: join(path, 'documents.db'),
    checksFile: join(path, 'checks.db'),
    logFolder: join(path, 'logs'),
    processFolder: join(path, 'processes'),
    authorizationFile: join(path, 'authorization'),
    inspectionTokenFile: join(path, 'inspection-token'),
    auditFile: join(path, 'audit.jsonl'),
  };
}
