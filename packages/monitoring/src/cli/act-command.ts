import type { ActCommand } from './arguments.ts';
import { exitCodes, failure, type Outcome } from './exit-codes.ts';
import { fetchIndex, listed, quoted } from './inspect-command.ts';
import type { InspectionClient } from './inspection-client.ts';
import { printable, printableJson } from './printable.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Runs one action; one that cannot be undone only when somebody said yes. */
export async function act(command: ActCommand, client: InspectionClient, terminal: Terminal): Promise<Outcome<void>> {
  const index = await fetchIndex(client);
  if (!index.ok) return index;
  const feature = index.value.find((each) => each.feature === command.feature);
  if (!feature)
    return failure(
      exitCodes.notFound,
      `there is no feature ${command.feature}; there are ${listed(index.value.map((each) => each.feature))}`,
    );
  const action = feature.actions.find(({ name }) => name === command.action);
  if (!action)
    return failure(
      exitCodes.notFound,
      `${command.feature} has no action ${command.action}; it has ${listed(feature.actions.map(({ name }) => name))}`,
    );
  if (action.destructive && !command.yes) {
    const what = printable(`${command.feature}.${command.action} of ${command.target}`);
    if (!terminal.ask) return failure(exitCodes.refused, `${what} cannot be undone; confirm it with --yes`);
    const answer = await terminal.ask(`${what} cannot be undone. Type yes to go on: `);
    if (answer.trim() !== 'yes') return failure(exitCodes.refused, 'nothing was done');
  }
  return send(action.href, command, client, terminal);
}

async function send(href: string, command: ActCommand, client: InspectionClient, terminal: Terminal): Promise<Outcome<void>> {
  const { target, reason, details } = command;
  const body = { target, reason, ...(details !== undefined && { details }) };
  const given = command.actor ?? terminal.user;
  let done = await client.post(href, { ...body, ...(given !== undefined && { actor: given }) });
  // a server that knows people by their tokens takes no other name than theirs; that of the login was only a guess
  if (!done.ok && done.path === 'actor' && command.actor === undefined) done = await client.post(href, body);
  if (!done.ok) return done;
  const { result, actionId, audited } = done.value as {
    readonly result?: unknown;
    readonly actionId?: unknown;
    readonly audited?: unknown;
  };
  if (audited === false) terminal.note('It was done, but the record of that could not be kept; that it was begun is recorded.');
  if (command.json) await terminal.out(`${printableJson(done.value)}\n`);
  else {
    const { rows, next } = shown(result);
    await terminal.out(`${table(rows)}recorded as ${printable(String(actionId))}\n`);
    if (next !== undefined) terminal.note(`There is more: --details ${quoted(printableJson({ ...asRow(details), after: next }))}`);
  }
  return { ok: true, value: undefined };
}

type Row = Readonly<Record<string, unknown>>;

const asRow = (value: unknown): Row => (typeof value === 'object' && value !== null ? (value as Row) : {});

/** An answer that is a page, `{ items, next }`, is a table of its items; any other is one row. */
function shown(result: unknown): { readonly rows: readonly Row[]; readonly next?: string } {
  const { items, next, ...rest } = asRow(result);
  if (!Array.isArray(items) || Object.keys(rest).length > 0) return { rows: [result as Row] };
  const rows = items.map((item: unknown) => (typeof item === 'object' && item !== null ? (item as Row) : { item }));
  return { rows, ...(typeof next === 'string' && { next }) };
}
