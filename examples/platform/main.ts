import { join, resolve } from 'node:path';
import { defaultRuntime, jsonLogger, messageOf, type Runtime, TuttiError } from '@tutti/core';
import { PlatformClient } from './client/platform-client.ts';
import { analyzeFiles } from './command/analyze.ts';
import { type Command, type Places, parseCommand, usage } from './command/arguments.ts';
import { progressTo } from './command/progress.ts';
import { analyzeSamples, explainUse } from './command/serve.ts';
import { platformError } from './errors.ts';
import { clearServers } from './host/clear-servers.ts';
import { type DataFolder, openDataFolder, proveWritable, temporaryDataFolder } from './host/data-folder.ts';
import { createPlatform, type Platform } from './host/platform.ts';
import { stopRequested } from './host/stop-signals.ts';

const folder = process.env['INIT_CWD'] ?? process.cwd();
const progress = progressTo((text) => process.stderr.write(text));
const runtime: Runtime = { ...defaultRuntime, logger: jsonLogger(process.env['TUTTI_LOG'] === 'debug' ? 'debug' : 'error') };
const stopping = stopRequested(process.env['TUTTI_PARENT_PID'] ? Number(process.env['TUTTI_PARENT_PID']) : undefined);

async function run(command: Command): Promise<number> {
  if (command.verb === 'help') {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  return command.verb === 'serve' ? serve(command) : analyze(command);
}

async function serve({ port, data: path, samples, events, sagas, registry }: Extract<Command, { verb: 'serve' }>): Promise<number> {
  const data = await openDataFolder(path === undefined ? join(process.cwd(), '.tutti', 'platform') : resolve(folder, path));
  return withPlatform(data, { port, events, sagas, registry, whenStopped: 0 }, async (platform) => {
    if (samples) await analyzeSamples(platform, progress);
    await explainUse(platform, data, folder, progress);
    return new Promise(() => {}); // serves until it is asked to stop
  });
}

async function analyze({ files, json, textOut, events, sagas, registry }: Extract<Command, { verb: 'analyze' }>): Promise<number> {
  if (textOut !== undefined) await proveWritable(resolve(folder, textOut), '--text-out');
  const data = await temporaryDataFolder();
  let wasReady = false;
  const dispose = async (): Promise<void> => {
    // a server that is away has been told of already, if it kept the platform from starting
    await clearServers({ events, sagas, registry }, data).catch(
      (error: unknown) => wasReady && progress.say(`\ntutti: ${messageOf(error)}`),
    );
    await data.dispose();
  };
  return withPlatform({ ...data, dispose }, { port: 0, events, sagas, registry, whenStopped: 130 }, async (platform) => {
    wasReady = true;
    const client = new PlatformClient(platform.url(), platform.access.token);
    const print = (text: string): void => void process.stdout.write(`${text}\n`);
    return (await analyzeFiles(client, { files, folder, json, textOut, print })) ? 0 : 3;
  });
}

/**
 * Runs the work on a platform that is stopped afterwards, whatever happens. A request to stop ends start and work early,
 * with `whenStopped` as the exit code.
 */
async function withPlatform(
  data: DataFolder,
  options: Places & { port: number; whenStopped: number },
  work: (platform: Platform) => Promise<number>,
): Promise<number> {
  const { whenStopped, ...asked } = options;
  const platform = await createPlatform({ data, ...asked, runtime });
  try {
    const done = progress.step('platform ready after', () => platform.life.start()).then(() => work(platform));
    const stopped = stopping.then((reason) => {
      progress.say(`\nStopping (${reason}) …`);
      done.catch(() => undefined); // what fails now fails because everything is being stopped
      return whenStopped;
    });
    return await Promise.race([done, stopped]);
  } finally {
    await platform.life.stop();
    await data.dispose();
  }
}

try {
  process.exitCode = await run(parseCommand(process.argv.slice(2)));
} catch (error) {
  process.exitCode = explain(error);
}

/** Says what went wrong in words, and what can be done about it. */
function explain(error: unknown): number {
  const cause = deepest(error);
  const told = TuttiError.is<string>(cause, 'DEPLOY_FOLDER_IN_USE')
    ? platformError('FOLDER_IN_USE', cause.details as { path: string; pid: number })
    : cause;
  progress.say(`\ntutti: ${messageOf(told)}`);
  if (!TuttiError.is(error, 'USAGE')) return 1;
  progress.say(`\n${usage}`);
  return 2;
}

/** A system that could not start says which part failed; why is with the part. */
function deepest(error: unknown): unknown {
  return TuttiError.is(error, 'START_FAILED') && error.cause ? deepest(error.cause) : error;
}
