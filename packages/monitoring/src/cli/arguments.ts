import { parseArgs } from 'node:util';
import { exitCodes, failure, type Outcome } from './exit-codes.ts';

/** What was asked for on the command line. */
export type Command = { readonly verb: 'help' } | InspectCommand | ActCommand;

interface Connection {
  readonly url: string | undefined;
  readonly tokenFile: string | undefined;
  readonly json: boolean;
}

export interface InspectCommand extends Connection {
  readonly verb: 'inspect';
  readonly feature: string | undefined;
  readonly resource: string | undefined;
  readonly limit: string | undefined;
  readonly after: string | undefined;
  readonly all: boolean;
}

export interface ActCommand extends Connection {
  readonly verb: 'act';
  readonly feature: string;
  readonly action: string;
  readonly target: string;
  readonly reason: string;
  readonly actor: string | undefined;
  readonly details: unknown;
  readonly yes: boolean;
}

export const usage = `Usage: tutti inspect [feature [resource]] [--limit N] [--after CURSOR | --all] [--json]
       tutti act <feature> <action> <target> --reason WORDS [--actor NAME] [--details JSON] [--yes] [--json]

Looks at a running process through its inspection API, and acts on it. Every action is audited.

  --url URL          where the process serves its inspection API; or TUTTI_URL
  --token-file FILE  holds the token; or TUTTI_TOKEN has it
  --limit N          items of a page, 1 to 1000 (100)
  --after CURSOR     the page after this one
  --all              all pages
  --json             JSON for other programs: a line for each item
  --reason WORDS     why; required
  --actor NAME       who; your user name where the server does not know you by your token
  --details JSON     what the action wants to know; \`tutti inspect <feature>\` shows it
  --yes              confirms an action that takes away what cannot be brought back

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused or not confirmed, 4 no such feature, resource or action.`;

const shared = { url: { type: 'string' }, 'token-file': { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } } as const;
const optionsOf = {
  inspect: { ...shared, limit: { type: 'string' }, after: { type: 'string' }, all: { type: 'boolean' } },
  act: { ...shared, reason: { type: 'string' }, actor: { type: 'string' }, details: { type: 'string' }, yes: { type: 'boolean' } },
} as const;

/** Reads a command line; every mistake is one line. */
export function parseCommand(argv: readonly string[]): Outcome<Command> {
  const [verb, ...rest] = argv;
  if (verb === 'help' || verb === '--help' || verb === '-h') return { ok: true, value: { verb: 'help' } };
  if (verb !== 'inspect' && verb !== 'act')
    return wrong(verb === undefined ? 'a verb is needed: inspect or act' : `there is no verb ${verb}; inspect and act are`);
  try {
    const { values, positionals } = parseArgs({ args: rest, options: optionsOf[verb], allowPositionals: true, strict: true });
    if (values.help) return { ok: true, value: { verb: 'help' } };
    const connection = { url: values.url, tokenFile: values['token-file'], json: values.json ?? false };
    return verb === 'inspect'
      ? inspectCommand(positionals, values as Values, connection)
      : actCommand(positionals, values as Values, connection);
  } catch (error) {
    return wrong((error as Error).message.split('\n', 1)[0] ?? 'the command line cannot be read');
  }
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

function inspectCommand([feature, resource, ...more]: readonly string[], values: Values, connection: Connection): Outcome<Command> {
  const [limit, after, all] = [wordOf(values['limit']), wordOf(values['after']), values['all'] === true];
  if (more.length > 0) return wrong(`${more[0]} is too much; quote names that have spaces`);
  if (limit !== undefined && (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > 1_000))
    return wrong('--limit must be a whole number from 1 to 1000');
  if (all && after !== undefined) return wrong('--all begins at the beginning; leave out --after');
  if (resource === undefined && (limit ?? after ?? (all || undefined)) !== undefined)
    return wrong('--limit, --after and --all are about a resource; name one');
  return { ok: true, value: { verb: 'inspect', ...connection, feature, resource, limit, after, all } };
}

function actCommand([feature, action, target, ...more]: readonly string[], values: Values, connection: Connection): Outcome<Command> {
  if (feature === undefined || action === undefined || target === undefined) return wrong('act needs a feature, an action and a target');
  if (more.length > 0) return wrong(`${more[0]} is too much; quote names that have spaces`);
  const reason = wordOf(values['reason']);
  if (reason === undefined || reason.trim() === '') return wrong('every action needs a --reason');
  const text = wordOf(values['details']);
  let details: unknown;
  try {
    details = text === undefined ? undefined : JSON.parse(text);
  } catch {
    return wrong('--details must be JSON');
  }
  const yes = values['yes'] === true;
  return { ok: true, value: { verb: 'act', ...connection, feature, action, target, reason, actor: wordOf(values['actor']), details, yes } };
}

const wordOf = (value: string | boolean | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

function wrong(message: string): Outcome<never> {
  return failure(exitCodes.usage, message);
}
