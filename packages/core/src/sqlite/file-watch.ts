import { statSync } from 'node:fs';

/** Says, whenever asked, whether `path` still names the file that it names now. SQLite itself goes on writing to a file that was removed. */
export function fileWatch(path: string): () => boolean {
  const identity = identityOf(path);
  return () => identityOf(path) === identity;
}

function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined; // Removed, or no longer to be reached: in either case not the file of before.
  }
}
