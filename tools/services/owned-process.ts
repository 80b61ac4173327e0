import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A server process that cannot outlive the process that started it. */
export interface OwnedProcess {
  readonly pid: number;
  signal(name: NodeJS.Signals): void;
  /** Kills it and waits until it is gone. */
  stop(): Promise<void>;
  /** What it has written so far. */
  readonly output: () => string;
}

/**
 * The shell waits for the end of its standard input, which comes when the owner closes it or dies in any way, and kills the
 * server then. A server that ends by itself ends the shell.
 */
const keeper = `
"$@" </dev/null & server=$!
echo "pid $server"
(cat >/dev/null; kill -9 $server 2>/dev/null) <&3 &
wait $server
`;

export async function ownProcess(command: string, args: readonly string[]): Promise<OwnedProcess> {
  const child: ChildProcess = spawn('sh', ['-c', `exec 3<&0; ${keeper}`, 'keeper', command, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: string): void => {
    output = `${output}${chunk}`.slice(-20_000);
  };
  child.stdout?.setEncoding('utf8').on('data', keep);
  child.stderr?.setEncoding('utf8').on('data', keep);
  child.stdin?.on('error', () => {}); // it ended by itself: that is seen elsewhere
  const ended = once(child, 'exit');
  while (!/^pid \d+$/m.test(output)) {
    if (child.exitCode !== null) throw new Error(`${command} did not start: ${output}`);
    await Promise.race([once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data'), ended]);
  }
  const pid = Number(/^pid (\d+)$/m.exec(output)?.[1]);
  child.unref();
  return {
    pid,
    output: () => output,
    signal: (name) => void process.kill(pid, name),
    async stop() {
      child.stdin?.end();
      if (child.exitCode === null && child.signalCode === null) await ended;
    },
  };
}
