import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { checkOptions, defaultRuntime, objectWith, type Runtime, sleep, text } from '@tutti/core';
import { deployError } from '../errors.ts';
import type { DeploymentPlatform, InstanceExit, InstanceSpec, RunningInstance } from '../platform/deployment-platform.ts';
import { explainExit } from './explain-exit.ts';
import { KeeperProcess } from './keeper-process.ts';
import { tailOf } from './log-file.ts';
import { ProcessFolder } from './process-folder.ts';
import { identityOf, type ProcessIdentity, signalGroup } from './process-identity.ts';

/** What `name:version` means on this machine: a Node program. */
export interface ProcessImage {
  /** The file that Node runs. */
  readonly module: string;
  readonly args?: readonly string[];
  /** Added to the variables every process gets. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface LocalProcessesOptions {
  readonly images: Readonly<Record<string, ProcessImage>>;
  /** Remembers what is running, so that nothing is orphaned by a crash. One manager at a time. */
  readonly dataDir: string;
  /** One file a service; each life appends to it. */
  readonly logDir: string;
  /** Variables every process gets; nothing else is inherited, so that secrets of the manager stay there. @defaultValue {} */
  readonly env?: Readonly<Record<string, string>>;
  readonly runtime?: Runtime;
}

const pollMs = 25;

/**
 * Runs services as processes of this machine, each the leader of a group of its own. Their output goes to files, never to
 * pipes: a process that writes to a pipe dies with whoever reads it.
 */
export function localProcesses(options: LocalProcessesOptions): DeploymentPlatform {
  return new LocalProcesses(options);
}

class LocalProcesses implements DeploymentPlatform {
  readonly name = 'local processes';
  readonly capabilities = { detached: false } as const;
  readonly #options: LocalProcessesOptions;
  readonly #runtime: Runtime;
  readonly #folder: ProcessFolder;
  readonly #keeper = new KeeperProcess();
  readonly #running = new Set<RunningInstance>();

  constructor(options: LocalProcessesOptions) {
    this.#options = checkOptions('localProcesses', options, {
      required: { images: objectWith('an object of images'), dataDir: text, logDir: text },
      optional: { env: objectWith('an object'), runtime: objectWith('a Runtime', 'clock') },
    });
    for (const [image, definition] of Object.entries(options.images)) {
      checkOptions(`localProcesses.images['${image}']`, definition, {
        required: { module: text },
        optional: { args: objectWith('an array', 'length'), env: objectWith('an object'), cwd: text },
      });
    }
    this.#runtime = options.runtime ?? defaultRuntime;
    this.#folder = new ProcessFolder(options.dataDir);
  }

  async open(): Promise<void> {
    const leftovers = this.#folder.take();
    mkdirSync(this.#options.logDir, { recursive: true });
    await Promise.all(leftovers.map(({ pid }) => this.#end(pid, 3_000)));
    await this.#keeper.open(process.execArgv);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((instance) => this.stop(instance, 3_000)));
    await this.#keeper.close();
    this.#folder.giveBack();
  }

  check(image: string): void {
    if (!(image in this.#options.images)) throw deployError('DEPLOY_UNKNOWN_IMAGE', { image, known: Object.keys(this.#options.images) });
  }

  async start({ serviceName, instanceId, version, image }: InstanceSpec): Promise<RunningInstance> {
    this.check(image);
    const { module, args = [], env, cwd } = this.#options.images[image] as ProcessImage;
    const logFile = join(this.#options.logDir, `${serviceName}.log`);
    const log = openSync(logFile, 'a', 0o600);
    const identity = { TUTTI_SERVICE: serviceName, TUTTI_INSTANCE: instanceId, TUTTI_VERSION: version };
    const child = spawn(process.execPath, [...process.execArgv, module, ...args], {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...this.#options.env, ...env, ...identity },
      ...(cwd !== undefined && { cwd }),
    });
    closeSync(log);
    await once(child, 'spawn');
    return this.#adopt(child, logFile);
  }

  #adopt(child: ChildProcess, logFile: string): RunningInstance {
    const pid = child.pid as number;
    const identity: ProcessIdentity = identityOf(pid) ?? { pid, startedAt: 'gone' };
    this.#folder.add(identity);
    this.#keeper.add(identity);
    const exited = once(child, 'exit').then(async ([code, signal]): Promise<InstanceExit> => {
      await this.#end(pid, 0); // what it started itself does not outlive it
      this.#forget(pid);
      this.#running.delete(instance);
      return explainExit(code as number | null, signal as NodeJS.Signals | null, await tailOf(logFile, 50));
    });
    const port = new Promise<number | undefined>((resolve) => {
      child.on('message', (message) => {
        if (isListening(message)) resolve(message.port);
      });
      child.once('exit', () => resolve(undefined));
    });
    const instance: RunningInstance = { host: '127.0.0.1', pid, port, exited, logTail: (lines) => tailOf(logFile, lines) };
    this.#running.add(instance);
    return instance;
  }

  /** A record that cannot be written any more (the folder is gone, the disk is full) is put right by the next start. */
  #forget(pid: number): void {
    this.#keeper.remove(pid);
    try {
      this.#folder.remove(pid);
    } catch (error) {
      this.#runtime.logger.log('warn', 'the record of running processes could not be written', { error });
    }
  }

  async stop(instance: RunningInstance, graceMs: number): Promise<InstanceExit> {
    await this.#end(instance.pid, graceMs);
    return instance.exited;
  }

  /** Asks the group to end, then makes it. */
  async #end(pid: number, graceMs: number): Promise<void> {
    const { clock } = this.#runtime;
    if (graceMs > 0) signalGroup(pid, 'SIGTERM');
    const endsAt = clock.now() + graceMs;
    while (signalGroup(pid, 0) && clock.now() < endsAt) await sleep(clock, pollMs);
    signalGroup(pid, 'SIGKILL');
    while (signalGroup(pid, 0) && identityOf(pid) !== undefined) await sleep(clock, pollMs);
  }
}

function isListening(message: unknown): message is { type: 'listening'; port: number } {
  return (
    typeof message === 'object' &&
    message !== null &&
    'type' in message &&
    message.type === 'listening' &&
    'port' in message &&
    typeof message.port === 'number'
  );
}
