import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Files that are kept beyond the history, for writers who stood still between two steps. */
const spare = 100;

/** Nobody takes as long as this to write a file. */
const abandonedMs = 3_600_000;

/** A text, and when its file was written. */
export interface RevisionFile {
  readonly text: string;
  readonly writtenAtMs: number;
}

/**
 * The revisions of one key: a folder with a file for each, called by its number. Whoever links a number first has written it, which is all the agreement
 * that processes need: nobody holds a lock, so nobody can die with one.
 */
export class RevisionFiles {
  readonly #folder: string;
  readonly #keep: number;

  constructor(folder: string, keep: number) {
    this.#folder = folder;
    this.#keep = keep;
  }

  pathOf(revision: number): string {
    return join(this.#folder, `${revision}.json`);
  }

  /** Of the last one; 0 when there is none. */
  async newest(): Promise<number> {
    return Math.max(0, ...(await this.#revisions()));
  }

  /** Undefined when it is not there, or not there any more. */
  async read(revision: number): Promise<RevisionFile | undefined> {
    try {
      const [text, { mtimeMs }] = await Promise.all([readFile(this.pathOf(revision), 'utf8'), stat(this.pathOf(revision))]);
      return { text, writtenAtMs: mtimeMs };
    } catch (error) {
      return unlessMissing(error);
    }
  }

  /**
   * Writes the revision after `last`, unless somebody else has. It is on the disk when this resolves with true.
   * @param id Stands in the text, and in that of the revision that is written after it.
   */
  async write(last: number, id: string, text: string): Promise<boolean> {
    await this.#makeFolder();
    const temporary = join(this.#folder, `.${randomUUID()}.new`);
    try {
      await writeDurably(temporary, text);
      await link(temporary, this.pathOf(last + 1));
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    } finally {
      await unlink(temporary).catch(unlessMissing);
    }
    const revisions = await this.#revisions();
    if (Math.max(...revisions) > last + 1 && !(await this.#isFollowed(last + 1, id))) {
      await unlink(this.pathOf(last + 1)).catch(unlessMissing);
      return false;
    }
    await sync(this.#folder);
    await this.#prune(revisions);
    await this.#sweep(last + 1);
    return true;
  }

  /** Whoever stood still before its link may have found the name free because the revision of that name was pruned: the next one follows that, then. */
  async #isFollowed(revision: number, id: string): Promise<boolean> {
    return (await this.read(revision + 1))?.text.includes(id) ?? false;
  }

  async #makeFolder(): Promise<void> {
    const made = await mkdir(this.#folder, { recursive: true });
    if (made === undefined) return;
    for (let folder = this.#folder; ; folder = dirname(folder)) {
      await sync(dirname(folder));
      if (folder === made) return;
    }
  }

  async #revisions(): Promise<readonly number[]> {
    return (await this.#names()).flatMap((name) => (/^[1-9]\d{0,14}\.json$/.test(name) ? [Number.parseInt(name, 10)] : []));
  }

  async #names(): Promise<readonly string[]> {
    try {
      return await readdir(this.#folder);
    } catch (error) {
      return unlessMissing(error) ?? [];
    }
  }

  /** Takes away what those left who were killed while they wrote, by the time of the file system. */
  async #sweep(written: number): Promise<void> {
    const now = (await this.read(written))?.writtenAtMs ?? 0;
    for (const name of await this.#names()) {
      if (!/^\..+\.new$/.test(name)) continue;
      const path = join(this.#folder, name);
      const found = await stat(path).catch(unlessMissing);
      if (found && found.mtimeMs < now - abandonedMs) await unlink(path).catch(unlessMissing);
    }
  }

  async #prune(revisions: readonly number[]): Promise<void> {
    const oldest = Math.max(...revisions) - this.#keep - spare;
    for (const revision of revisions.filter((each) => each <= oldest)) await unlink(this.pathOf(revision)).catch(unlessMissing);
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** What is in a folder survives a crash of the machine when the folder is on the disk. */
async function sync(folder: string): Promise<void> {
  const file = await open(folder, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

function unlessMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
  return undefined;
}
