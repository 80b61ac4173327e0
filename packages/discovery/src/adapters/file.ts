import { checkOptions, type Duration, defaultRuntime, duration, durationMs, objectWith, type Runtime, text } from '@tutti/core';
import type { DiscoveryBackend } from '../backend/discovery-backend.ts';
import { FileFollower } from './file-follower.ts';
import { closedError, onlyRead } from './only-read.ts';

export interface FileBackendOptions {
  /** A JSON file: `{ "endpoints": [{ "serviceName": "voice", "host": "10.0.0.1", "port": 8009 }] }`. Relative to the working directory. */
  readonly path: string;
  /** How often the file is read; where the system tells of changes they are noticed at once. @defaultValue '2s' */
  readonly pollInterval?: Duration;
  readonly runtime?: Runtime;
}

export const fileBackendDefaults = { pollInterval: '2s' } as const;

/**
 * The endpoints in a file that somebody else writes: an operator, a deployment, a mounted ConfigMap. All of it is checked before any of it is believed. A
 * file that is wrong, half written or gone changes nothing: what was last good stays, and watches are told what is wrong (`malformed`, under the path of the
 * file) once that is no longer a file that is being written. To say that there is nobody, write an empty list.
 *
 * Until the file has been good once, watches reject with STORE_UNAVAILABLE.
 *
 * @example
 * ```ts
 * import { ServiceDiscovery } from '@tutti/discovery';
 * import { fileBackend } from '@tutti/discovery/static';
 *
 * const discovery = new ServiceDiscovery({ backend: fileBackend({ path: 'endpoints.json' }) });
 * const off = discovery.watchEndpoints('voice', (change) => console.log(change.kind));
 * off();
 * await discovery.stop();
 * ```
 */
export function fileBackend(options: FileBackendOptions): DiscoveryBackend {
  const {
    path,
    pollInterval,
    runtime = defaultRuntime,
  } = checkOptions<FileBackendOptions, typeof fileBackendDefaults>(
    'fileBackend',
    options,
    { required: { path: text }, optional: { pollInterval: duration, runtime: objectWith('a Runtime', 'clock', 'logger', 'random') } },
    fileBackendDefaults,
  );
  const follower = new FileFollower(path, durationMs(pollInterval, 'fileBackend.pollInterval'), runtime);
  let closed = false;
  return {
    name: 'file',
    ...onlyRead('the file backend'),
    async watch(serviceName, listener, signal) {
      if (closed) throw closedError('file');
      await follower.look();
      if (closed) throw closedError('file');
      if (!signal.aborted) await follower.watch(serviceName, listener, signal);
    },
    async close() {
      closed = true;
      await follower.close();
    },
  };
}
