import { act } from './act-command.ts';
import { parseCommand, usage } from './arguments.ts';
import { type ExitCode, exitCodes, type Outcome } from './exit-codes.ts';
import { inspect } from './inspect-command.ts';
import { inspectionClient } from './inspection-client.ts';
import { printable } from './printable.ts';
import type { Terminal } from './terminal.ts';

/** Does what a command line says and gives the exit code; what went wrong is one line. */
export async function runCommand(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const outcome = await run(argv, terminal);
  if (outcome.ok) return exitCodes.done;
  terminal.note(`tutti: ${printable(outcome.message)}`);
  if (outcome.exit === exitCodes.usage) terminal.note('Try tutti --help.');
  return outcome.exit;
}

async function run(argv: readonly string[], terminal: Terminal): Promise<Outcome<void>> {
  const command = parseCommand(argv);
  if (!command.ok) return command;
  if (command.value.verb === 'help') {
    await terminal.out(`${usage}\n`);
    return { ok: true, value: undefined };
  }
  const client = await inspectionClient(command.value, terminal.env);
  if (!client.ok) return client;
  return command.value.verb === 'inspect' ? inspect(command.value, client.value, terminal) : act(command.value, client.value, terminal);
}
