// Runs one command and answers for its end: no signal is lost or doubled, and nothing outlives an npm that was killed.

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Ctrl-C reaches the runner from the terminal and again from npm; a person does not press it twice this fast. */
const sameKeystrokeMs = 300;
const graceMs = 8_000;

/**
 * The command is a process group of its own, so it hears of signals only from here: each once, to the whole group.
 * @param listener `started` is told the id of the group, `heard` what the command says where it is piped.
 * @returns the exit `status`, 128 + n for a signal; `interrupted` is that of the first signal passed on, if any.
 */
export async function supervise(file, args, options, { started = () => {}, heard = () => {} } = {}) {
  let interrupted;
  const pass = (signal) => {
    interrupted ??= 128 + constants.signals[signal];
    signalGroup(child.pid, signal);
  };
  const handlers = signals.map((signal) => [signal, oncePerKeystroke(() => pass(signal))]);
  for (const [signal, handler] of handlers) process.on(signal, handler); // before it starts: a signal in between would leave it behind
  const child = spawn(file, args, { ...options, detached: true });
  if (child.pid !== undefined) started(child.pid); // at once: from here on it lives even if we do not
  const unwatch = watchNpm(() => {
    pass('SIGTERM');
    setTimeout(() => signalGroup(child.pid, 'SIGKILL'), graceMs).unref();
  });
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ status: code ?? 128 + constants.signals[signal], interrupted }));
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', heard);
    });
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler);
    unwatch();
  }
}

/** Whether a process, or a group (a negative id), is there. The dead whom nobody has collected yet still answer signal 0, and do not count. */
export function exists(id) {
  try {
    process.kill(id, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  const states = process.platform === 'linux' ? statesOf(id) : [];
  return states.length === 0 || states.some((state) => state !== 'Z');
}

/** States of the process, or of every process of the group, from proc(5); the name in parentheses may hold anything. */
function statesOf(id) {
  const pids = id > 0 ? [String(id)] : readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const [state, , group] = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return id > 0 || Number(group) === -id ? [state] : [];
    } catch {
      return []; // gone in the meantime
    }
  });
}

function signalGroup(pid, signal) {
  if (pid !== undefined && exists(-pid)) process.kill(-pid, signal);
}

function oncePerKeystroke(act) {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - last < sameKeystrokeMs) return;
    last = now;
    act();
  };
}

/** package.json starts us with `exec`, so our parent is npm and not its shell; when it is killed outright nobody else tells us. */
function watchNpm(gone) {
  if (process.env.npm_lifecycle_event === undefined) return () => {};
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    gone();
  }, 500);
  return () => clearInterval(timer);
}
