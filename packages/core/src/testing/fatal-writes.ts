import { writeFileSync } from 'node:fs';

/** How `sweepCrashPoints` talks to the program that it runs: where to die, and where to leave the names of its writes. */
export const crashPointVariable = 'TUTTI_CRASH_POINT';
export const writesFileVariable = 'TUTTI_CRASH_WRITES';

/** Names the writes of a program to the sweep that runs it. */
export interface FatalWrites {
  /** Makes a write. The process ends with SIGKILL right before it or right after it, if that is the point at which this life is to die. */
  make<T>(name: string, write: () => Promise<T>): Promise<T>;
}

/**
 * For a program that `sweepCrashPoints` runs and whose writes go elsewhere than to a `crashingDatabase`. Once in a program. In a life that does not
 * die, the names of all writes are left for the sweep. Outside a sweep it only makes the writes.
 */
export function fatalWrites(): FatalWrites {
  const { [crashPointVariable]: fatal, [writesFileVariable]: writesFile } = process.env;
  const names: string[] = [];
  if (writesFile) process.once('exit', () => writeFileSync(writesFile, JSON.stringify(names)));
  const dieAt = (point: string): void => {
    if (point === fatal) process.kill(process.pid, 'SIGKILL');
  };
  return {
    async make(name, write) {
      names.push(name);
      const count = names.filter((other) => other === name).length;
      dieAt(`${name}/before/${count}`);
      const answer = await write();
      dieAt(`${name}/after/${count}`);
      return answer;
    },
  };
}
