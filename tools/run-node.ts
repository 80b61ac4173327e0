import { spawn } from 'node:child_process';

/**
 * Runs a Node command line in the foreground and resolves with its exit status.
 *
 * Signals reach it without our doing, because the task runner signals the whole process group. When the runner itself was
 * killed outright there is nobody left to do so; then the group is ended from here.
 */
export async function runNode(command: readonly string[]): Promise<number> {
  const runner = process.ppid;
  const hasRunner = process.env['TUTTI_PARENT_PID'] === String(runner);
  const watch = setInterval(() => {
    if (hasRunner && process.ppid !== runner) process.kill(0, 'SIGTERM');
  }, 500);
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(process.execPath, command, { stdio: ['ignore', 'inherit', 'inherit'] });
      child.once('error', reject);
      child.once('close', (status) => resolve(status ?? 1));
    });
  } finally {
    clearInterval(watch);
  }
}
