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

/** One line of a log, as words, and the file it is from. */
export interface LogLine {
  readonly file: string;
  readonly words: readonly string[];
}

/** All lines of the logs whose names begin so. */
export function* logLines(folder: string, begin: string): Iterable<LogLine> {
  for (const file of readdirSync(folder).filter((name) => name.startsWith(begin) && name.endsWith('.log'))) {
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) if (line !== '') yield { file, words: line.split(' ') };
  }
}
