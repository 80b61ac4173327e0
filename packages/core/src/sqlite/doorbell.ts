import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, rename, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coreError } from '../errors/core-errors.ts';

const ringByte = new Uint8Array([1]);

/**
 * Tells the processes that use one file of each other's commits, over Unix sockets. Each listens on a socket of its own, whose name
 * begins with a hash of the file's path, and on opening connects to all others of that name; so any two are connected, whoever came first.
 * A ring may get lost with a connection: looking at the file now and then is what guarantees.
 */
export class Doorbell {
  readonly #folder: string;
  readonly #prefix: string;
  readonly #file: string;
  readonly #server: Server;
  readonly #peers = new Set<Socket>();
  readonly #onRing: () => void;

  /** Rejects where there are no Unix sockets, and when the folder belongs to somebody else. */
  static async open(realPath: string, onRing: () => void): Promise<Doorbell> {
    const bell = new Doorbell(await ownFolder(), createHash('sha256').update(realPath).digest('hex').slice(0, 12), onRing);
    try {
      await bell.#listen();
      await bell.#connectAll();
      return bell;
    } catch (error) {
      await bell.close();
      throw error;
    }
  }

  private constructor(folder: string, hash: string, onRing: () => void) {
    this.#folder = folder;
    this.#prefix = `${hash}-`;
    // Not from the runtime's randomness: parts with the same seed must not get the same name.
    this.#file = `${this.#prefix}${process.pid}-${randomBytes(4).toString('hex')}`;
    this.#onRing = onRing;
    this.#server = createServer((socket) => this.#adopt(socket));
    this.#server.unref();
  }

  /** Who has not read the last ring needs no other. */
  ring(): void {
    for (const peer of this.#peers) if (peer.writableLength === 0) peer.write(ringByte);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const peer of this.#peers) peer.destroy();
    await closed;
    await unlink(join(this.#folder, `${this.#file}.bell`)).catch(unlessGone);
  }

  /** Gets its lasting name only when it can be connected to, so that a name that refuses is a dead one. */
  async #listen(): Promise<void> {
    const early = join(this.#folder, `${this.#file}.new`);
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(early, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    await rename(early, join(this.#folder, `${this.#file}.bell`));
  }

  /** Keeps a connection to every process of this file, and tries the sockets of other files whose process is not to be seen. */
  async #connectAll(): Promise<void> {
    const others = (await readdir(this.#folder)).filter((name) => !name.startsWith(this.#file));
    await Promise.all(
      others.map(async (name) => {
        const ours = name.startsWith(this.#prefix) && name.endsWith('.bell');
        if (!ours && isRunning(Number(name.split('-')[1]))) return;
        const socket = await connected(join(this.#folder, name));
        if (ours && socket) this.#adopt(socket);
        else socket?.destroy();
      }),
    );
  }

  #adopt(socket: Socket): void {
    this.#peers.add(socket);
    socket.unref();
    socket.on('data', () => this.#onRing());
    // The connection of a process that died ends with an error or without; it is forgotten in either case.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#peers.delete(socket));
  }
}

/** A socket that nobody listens on was left by a process that was killed, and is removed. */
async function connected(path: string): Promise<Socket | undefined> {
  const socket = connect(path);
  const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    socket.once('connect', () => resolve(undefined));
    socket.once('error', resolve);
  });
  if (!failure) return socket;
  if (failure.code === 'ECONNREFUSED') await unlink(path).catch(unlessGone);
  return undefined;
}

/** False may also mean a process of another container that shares the folder. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** A folder of this user only, with a short name: a socket's path has room for about a hundred characters. */
async function ownFolder(): Promise<string> {
  const uid = process.getuid?.();
  const folder = join(tmpdir(), `tutti-${uid}`);
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const found = await lstat(folder);
  if (found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0) return folder;
  throw coreError('STORE_UNSUPPORTED', { store: folder, problem: 'it is not a folder of this user alone' });
}

function unlessGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
