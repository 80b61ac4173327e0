import type { InspectionIndex } from '@tutti/core/inspect';
import type { InspectCommand } from './arguments.ts';
import { exitCodes, failure, type Outcome } from './exit-codes.ts';
import type { InspectionClient } from './inspection-client.ts';
import { printable, printableJson } from './printable.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

type Feature = InspectionIndex['features'][number];

/** `GET /inspect/v1`, as far as it can be trusted to be one. */
export async function fetchIndex(client: InspectionClient): Promise<Outcome<readonly Feature[]>> {
  const index = await client.get('/inspect/v1');
  if (!index.ok) return index;
  const { features } = index.value as Partial<InspectionIndex>;
  return Array.isArray(features) ? { ok: true, value: features } : failure(exitCodes.failed, 'what answers there is no inspection API');
}

/** Shows what there is, or the items of one resource. */
export async function inspect(command: InspectCommand, client: InspectionClient, terminal: Terminal): Promise<Outcome<void>> {
  const index = await fetchIndex(client);
  if (!index.ok) return index;
  if (command.feature === undefined) return show(index.value, command, terminal);
  const feature = index.value.find((each) => each.feature === command.feature);
  if (!feature)
    return failure(
      exitCodes.notFound,
      `there is no feature ${command.feature}; there are ${listed(index.value.map((each) => each.feature))}`,
    );
  if (command.resource === undefined) return show([feature], command, terminal);
  const resource = feature.resources.find(({ name }) => name === command.resource);
  if (!resource) {
    const known = listed(feature.resources.map(({ name }) => name));
    return failure(exitCodes.notFound, `${feature.feature} has no resource ${command.resource}; it has ${known}`);
  }
  return list(resource.href, command, client, terminal);
}

async function show(features: readonly Feature[], { json }: InspectCommand, terminal: Terminal): Promise<Outcome<void>> {
  await terminal.out(json ? `${printableJson({ features })}\n` : features.length === 0 ? '(nothing)\n' : features.map(described).join(''));
  return { ok: true, value: undefined };
}

function described({ feature, resources, actions }: Feature): string {
  const lines = [
    printable(feature),
    ...resources.map(({ name }) => `  look  ${printable(name)}`),
    ...actions.map(({ name, destructive, details }) => {
      const wants = details === undefined ? '' : `  --details ${Object.keys(details).length === 0 ? 'JSON' : printableJson(details)}`;
      return `  act   ${printable(name)}${destructive ? ' (cannot be undone)' : ''}${wants}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}

interface ItemPage {
  readonly items?: unknown;
  readonly next?: unknown;
}

/** Page by page, so that a long list begins to show at once; a table is made of each page, as nobody knows the widths of the next. */
async function list(
  href: string,
  { json, limit, after, all }: InspectCommand,
  client: InspectionClient,
  terminal: Terminal,
): Promise<Outcome<void>> {
  let cursor = after;
  for (;;) {
    const query = new URLSearchParams({ ...(limit !== undefined && { limit }), ...(cursor !== undefined && { after: cursor }) });
    const page = await client.get(`${href}?${query}`);
    if (!page.ok) return page;
    const { items, next } = page.value as ItemPage;
    if (!Array.isArray(items)) return failure(exitCodes.failed, 'what answers there is no inspection API');
    await terminal.out(
      json ? items.map((item) => `${printableJson(item)}\n`).join('') : table(items as readonly Readonly<Record<string, unknown>>[]),
    );
    if (typeof next !== 'string') return { ok: true, value: undefined };
    if (!all) {
      terminal.note(`There is more: --after ${quoted(next)}, or --all`);
      return { ok: true, value: undefined };
    }
    if (next === cursor) return failure(exitCodes.failed, 'the list goes in circles');
    cursor = next;
  }
}

/** As a word of a command line. */
export const quoted = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `'${printable(text).replaceAll("'", "'\\''")}'`);

export function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
