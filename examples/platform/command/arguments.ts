import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { messageOf } from '@tutti/core';
import { platformError } from '../errors.ts';
import { type EventStore, eventStoreOf } from '../host/event-store.ts';
import { type RegistryPlace, registryPlaceOf } from '../host/registry-place.ts';
import { type SagaPlace, sagaPlaceOf } from '../host/saga-place.ts';

const serverOptions = {
  redis: { type: 'string' },
  amqp: { type: 'string' },
  postgres: { type: 'string' },
  etcd: { type: 'string' },
} as const;

/** Where a platform keeps what it works on. */
export interface Places {
  readonly events: EventStore;
  readonly sagas: SagaPlace;
  readonly registry: RegistryPlace;
}

export type Command =
  | (Places & {
      readonly verb: 'serve';
      readonly port: number;
      readonly data: string | undefined;
      readonly samples: boolean;
    })
  | (Places & {
      readonly verb: 'analyze';
      readonly files: readonly string[];
      readonly json: boolean;
      readonly textOut: string | undefined;
    })
  | { readonly verb: 'help' };

export const usage: string = `Usage
  npm start                                 run the platform, analyse the bundled contracts, serve until Ctrl-C
      --port NUMBER                         where the gateway listens (default 8080; 0 takes any free port)
      --data FOLDER                         where documents and state are kept (default .tutti/platform)
      --no-samples                          begin without the bundled contracts
  npm start -- analyze FILE...              analyse files on a platform of their own, print the findings, exit
      --json                                one JSON object a line on standard output, and nothing else there
      --text-out FOLDER                     save the extracted text that the offsets point into
  both
      --redis URL                           keep events and sagas in Redis instead of a file
      --amqp URL                            keep events with RabbitMQ instead of a file
      --postgres URL                        keep sagas in Postgres instead of a file or Redis
      --etcd URL                            keep endpoints in etcd instead of a file; several URLs with commas between

Exit codes of analyze: 0 all files were read, 3 some were not, 2 wrong usage, 1 the platform could not run.`;

/**
 * Reads the command line.
 * @throws USAGE in words a person can act on.
 */
export function parseCommand(args: readonly string[]): Command {
  const [first, ...rest] = args;
  if (args.includes('--help') || args.includes('-h') || first === 'help') return { verb: 'help' };
  if (first === 'analyze') return parseAnalyze(rest);
  if (first === undefined || first.startsWith('-')) return parseServe(args);
  throw platformError('USAGE', { problem: `unknown command '${first}'; known are analyze and help` });
}

function parseServe(args: readonly string[]): Command {
  const { values, positionals } = parsed(args, {
    port: { type: 'string', default: '8080' },
    data: { type: 'string' },
    'no-samples': { type: 'boolean', default: false },
    ...serverOptions,
  });
  if (positionals.length > 0) throw platformError('USAGE', { problem: `unexpected '${positionals[0]}'` });
  const port = String(values['port']);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw platformError('USAGE', { problem: `--port must be a number from 0 to 65535, got '${port}'` });
  const data = optionalText(values['data'], '--data');
  return { verb: 'serve', port: Number(port), data, samples: !values['no-samples'], ...placesOf(values) };
}

function parseAnalyze(args: readonly string[]): Command {
  const { values, positionals } = parsed(args, {
    json: { type: 'boolean', default: false },
    'text-out': { type: 'string' },
    ...serverOptions,
  });
  if (positionals.length === 0) throw platformError('USAGE', { problem: 'analyze needs at least one file' });
  const textOut = optionalText(values['text-out'], '--text-out');
  return { verb: 'analyze', files: positionals, json: values['json'] === true, textOut, ...placesOf(values) };
}

function placesOf(values: Readonly<Record<string, unknown>>): Places {
  const events = eventStoreOf(values['redis'], values['amqp']);
  return { events, sagas: sagaPlaceOf(values['postgres'], events), registry: registryPlaceOf(values['etcd']) };
}

type Parsed = { readonly values: Readonly<Record<string, unknown>>; readonly positionals: readonly string[] };

function parsed(args: readonly string[], options: ParseArgsOptionsConfig): Parsed {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw platformError('USAGE', { problem: messageOf(error) }, { cause: error });
  }
}

function optionalText(value: unknown, name: string): string | undefined {
  if (value === '') throw platformError('USAGE', { problem: `${name} needs a folder` });
  return typeof value === 'string' ? value : undefined;
}
