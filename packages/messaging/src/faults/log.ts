import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Lines that outlive the process that writes them: what was written before a SIGKILL is there. */
export class MemberLog {
  readonly #file: number;

  constructor(folder: string, name: string) {
    this.#file = openSync(join(folder, `${name}.log`), 'a');
  }

  /** One write, so that lines are whole. */
  write(...lines: readonly string[]): void {
    writeSync(this.#file, `${lines.join('\n')}\n`);
  }

  /** On the disk when it returns. */
  writeForGood(...lines: readonly string[]): void {
    this.write(...lines);
    fsyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** All lines of a role, each with its words. */
export function* linesOf(folder: string, role: 'producer' | 'consumer'): Iterable<readonly string[]> {
  for (const [, words] of namedLines(folder, role)) yield words;
}

/** The same, with the file they are from. */
export function* namedLines(folder: string, role: 'producer' | 'consumer'): Iterable<readonly [file: string, words: readonly string[]]> {
  for (const file of readdirSync(folder).filter((name) => name.startsWith(role) && name.endsWith('.log'))) {
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) if (line !== '') yield [file, line.split(' ')];
  }
}
