#!/usr/bin/env node
// The program `tutti`. This file alone touches the process; everything else is given a Terminal.
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { runCommand } from './run-command.ts';
import type { Terminal } from './terminal.ts';

/** A reader that has seen enough (`| head`) ends the program in silence. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.stderr.on('error', () => {}); // there is nobody left to tell

const terminal: Terminal = {
  env: process.env,
  user: userName(),
  out: (text) => new Promise((resolve) => process.stdout.write(text, () => resolve())),
  note: (line) => void process.stderr.write(`${line}\n`),
  ask: process.stdin.isTTY && process.stderr.isTTY ? ask : undefined,
};

function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined; // a user id without a name, as in many containers
  }
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

process.exitCode = await runCommand(process.argv.slice(2), terminal);
