// The task runner: `npm start`, `npm test` and every other script go through it, so that nobody has to think about the
// Node in their PATH or about installing. Without it a clean clone under an older Node fails with a syntax error.
// Runs on Node 18 and later, without dependencies. Says what it does on standard error; standard output belongs to the task.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install } from './run/install.mjs';
import { findNode, rememberNode } from './run/node.mjs';
import { supervise } from './run/supervise.mjs';
import { tasks } from './run/tasks.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [name, ...args] = process.argv.slice(2);

if (Object.hasOwn(tasks, name)) process.exitCode = await run(tasks[name]);
else {
  process.stderr.write(`${usage()}\n`);
  process.exitCode = 2;
}

async function run({ needs = 'everything', command }) {
  try {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const node = findNode(root, manifest.engines.node);
    const installed = await install(root, needs, manifest.packageManager);
    if (installed !== 0) return installed;
    rememberNode(root, node);
    const env = {
      ...process.env,
      PATH: `${dirname(node)}:${process.env.PATH}`,
      INIT_CWD: process.env.INIT_CWD ?? process.cwd(),
      TUTTI_PARENT_PID: String(process.pid),
    };
    const { status } = await supervise(node, [...command, ...args], { cwd: root, stdio: 'inherit', env });
    return status;
  } catch (error) {
    process.stderr.write(`\n${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
}

function usage() {
  const lines = Object.entries(tasks).map(([task, { says }]) => `  ${task.padEnd(12)}${says}`);
  return [name === undefined ? 'Which task?' : `There is no task '${name}'.`, 'npm run TASK [-- arguments]', ...lines].join('\n');
}
