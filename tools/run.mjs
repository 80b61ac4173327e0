// The task runner: `npm start`, `npm test` and every other script go through it, so that nobody has to think about the
// Node in their PATH or about installing. Without it a clean clone under an older Node fails with a syntax error.
// Runs on Node 18 and later, without dependencies. Says what it does on standard error; standard output belongs to the task.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install } from './run/install.mjs';
import { findNode } from './run/node.mjs';
import { tasks } from './run/tasks.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [name, ...args] = process.argv.slice(2);
const task = tasks[name];

if (task === undefined) {
  process.stderr.write(`unknown task '${name ?? ''}'; known are ${Object.keys(tasks).join(', ')}\n`);
  process.exit(2);
}

try {
  const node = findNode(root);
  await install(root, task.needs ?? 'everything');
  process.exitCode = await run(node, [...task.command, ...args]);
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

/** Runs one command under the right Node, hands signals on, and ends it when the npm that started this is gone. */
function run(node, command) {
  const child = spawn(node, command, {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: `${dirname(node)}:${process.env.PATH}`,
      INIT_CWD: process.env.INIT_CWD ?? process.cwd(),
      TUTTI_PARENT_PID: String(process.pid),
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  watchParent(() => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 8_000).unref();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

/** npm runs this file as its child; when it is killed outright nobody else tells us. */
function watchParent(gone) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    gone();
  }, 500);
  timer.unref();
}
