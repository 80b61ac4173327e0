import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./registrant.ts', import.meta.url));

/** A registrant in a process of its own. */
export interface Registrant {
  /** The incarnation of its first life. */
  readonly incarnation: string;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Ends it and resolves when it has ended, with its exit code; null after a `SIGKILL`. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

/** Resolves when the endpoint is registered. */
export async function registrant(path: string, instanceId: string, ttl: string): Promise<Registrant> {
  const child: ChildProcess = spawn(process.execPath, ['--conditions=@tutti/source', script, path, instanceId, ttl], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [incarnation] = await Promise.race([
    once(createInterface(child.stdout as NodeJS.ReadableStream), 'line'),
    exited.then(() => Promise.reject(new Error('the registrant ended before it had registered'))),
  ]);
  return {
    incarnation,
    signal: (signal) => void child.kill(signal),
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return (await exited)[0];
    },
  };
}
