import { join, resolve } from 'node:path';
import { checkOptions } from '../options/check-options.ts';
import { type Duration, durationMs } from '../options/duration.ts';
import { duration, objectWith, oneOf, text, wholeNumber } from '../options/rules.ts';
import type { Secret } from '../ports/secret.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import { type Repeating, repeat } from '../runtime/repeat.ts';
import { defaultRuntime, type Runtime } from '../runtime/runtime.ts';
import { readSecretFile } from './read-secret-file.ts';
import { checkSecretName } from './secret-name.ts';
import { type Told, told } from './told.ts';

export interface FileSecretsOptions {
  /** Holds one file for each secret, as Docker (`/run/secrets`) and Kubernetes mount them; further folders for names with `/`. */
  readonly folder: string;
  /**
   * Who else may have access to a file. `'readers'`: others may read it, as in the mounts of Docker (0444) and Kubernetes (0644),
   * but nobody else may write it. `'nobody'`: only its owner has any access. Not checked on Windows. @defaultValue 'readers'
   */
  readonly others?: 'readers' | 'nobody';
  /** A larger file is refused. At most 16 MiB. @defaultValue 1048576 */
  readonly maxBytes?: number;
  /** How soon a watcher hears of a change. Nothing is read while nobody watches. @defaultValue '5s' */
  readonly pollInterval?: Duration;
  readonly runtime?: Runtime;
}

export const fileSecretsDefaults = { others: 'readers', maxBytes: 1_048_576, pollInterval: '5s' } as const;

const forbiddenModes = { readers: 0o022, nobody: 0o077 } as const;

/**
 * Secrets from a folder with one file each, read anew by every `get`, so that it always gives what is mounted now; an atomic swap
 * of the mount is never seen half done. The file is UTF-8 text; one line break at its end (`\n` or `\r\n`) is not part of the secret.
 *
 * A link that leads out of the folder, a file that others may write, a folder, a pipe, and what is too large are refused.
 */
export function fileSecrets(options: FileSecretsOptions): SecretSource {
  const {
    folder,
    others,
    maxBytes,
    pollInterval,
    runtime = defaultRuntime,
  } = checkOptions(
    'fileSecrets',
    options,
    {
      required: { folder: text },
      optional: {
        others: oneOf('readers', 'nobody'),
        maxBytes: wholeNumber({ min: 1, max: 16_777_216 }),
        pollInterval: duration,
        runtime: objectWith('a Runtime', 'clock', 'logger', 'random'),
      },
    },
    fileSecretsDefaults,
  );
  const home = resolve(folder);
  const source = `the folder ${home}`;
  const forbiddenMode = process.platform === 'win32' ? 0 : forbiddenModes[others];
  const reading = new Map<string, Promise<Secret | undefined>>();

  function read(name: string): Promise<Secret | undefined> {
    const running = reading.get(name);
    if (running) return running;
    const begun = readSecretFile({
      source,
      secret: name,
      folder: home,
      path: join(home, ...name.split('/')),
      maxBytes,
      forbiddenMode,
    }).finally(() => reading.delete(name));
    reading.set(name, begun);
    return begun;
  }

  return Object.freeze({
    name: source,
    async get(name: string) {
      checkSecretName(name);
      return read(name);
    },
    watch: watcher(runtime, { source, intervalMs: durationMs(pollInterval) }, read),
  });
}

/** One loop for all that is watched, alive only while something is. */
function watcher(
  runtime: Runtime,
  { source, intervalMs }: { readonly source: string; readonly intervalMs: number },
  read: (name: string) => Promise<Secret | undefined>,
): SecretSource['watch'] {
  const watched = new Set<{ readonly name: string; readonly hears: Told }>();
  let loop: Repeating | undefined;
  const look = async (): Promise<void> => {
    const outcomes = await Promise.allSettled(Array.from(watched, async ({ name, hears }) => hears.tell(await read(name))));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason; // the loop logs it and goes on
  };
  return (name, listener) => {
    checkSecretName(name);
    const entry = { name, hears: told(listener) };
    watched.add(entry);
    loop ??= repeat(runtime, { name: `watching ${source}`, intervalMs, jitter: 0.1 }, look);
    loop.trigger();
    return () => {
      entry.hears.end();
      watched.delete(entry);
      if (watched.size > 0) return;
      void loop?.stop(); // resolves when a turn that is under way has ended; nobody waits for that
      loop = undefined;
    };
  };
}
