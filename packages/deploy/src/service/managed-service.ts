import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import {
  type Component,
  callable,
  checkOptions,
  component,
  type Duration,
  defaultRuntime,
  duration,
  durationMs,
  type Health,
  objectWith,
  type Runtime,
  system,
  text,
} from '@tutti/core';

export interface ManagedServiceOptions {
  readonly name: string;
  readonly listener: RequestListener;
  /** Started before the first request, stopped after the last. @defaultValue [] */
  readonly parts?: readonly Component[];
  /** Waits this long for requests in flight when it is asked to end. @defaultValue '5s' */
  readonly drainTimeout?: Duration;
  readonly runtime?: Runtime;
}

/**
 * The program's side of a deployment: starts its parts, binds a free port on loopback and reports it, answers
 * `/health/live` and `/health/ready`, and ends when it is asked to or when its manager is gone: no new request, those in
 * flight finished, then the parts in reverse. Resolves when it serves; the process ends by itself afterwards.
 */
export async function managedService(options: ManagedServiceOptions): Promise<void> {
  const checked = checkOptions(
    'service',
    options,
    {
      required: { name: text, listener: callable },
      optional: {
        parts: objectWith('an array of components', 'length'),
        drainTimeout: duration,
        runtime: objectWith('a Runtime', 'clock'),
      },
    },
    { parts: [], drainTimeout: '5s' } as const,
  );
  const runtime = checked.runtime ?? defaultRuntime;
  const health = system(`${checked.name} parts`, checked.parts, { runtime });
  const door = new Door(checked.listener, () => health.health(), durationMs(checked.drainTimeout), runtime);
  const service = system(checked.name, [health, component('door', { open: () => door.open(), close: () => door.close() })], { runtime });
  const stop = (): void => {
    service.stop().then(
      () => process.connected && process.disconnect?.(),
      (error: unknown) => {
        runtime.logger.log('error', `${checked.name} did not stop cleanly`, { error });
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  process.once('disconnect', stop);
  await service.start();
  process.send?.({ type: 'listening', port: door.port });
}

class Door {
  readonly #server: Server;
  readonly #drainMs: number;
  readonly #runtime: Runtime;
  #closing = false;

  constructor(listener: RequestListener, health: () => Promise<Health>, drainMs: number, runtime: Runtime) {
    this.#drainMs = drainMs;
    this.#runtime = runtime;
    this.#server = createServer((request, response) => {
      if (this.#closing) response.setHeader('connection', 'close');
      if (request.url === '/health/live') response.end('alive');
      else if (request.url === '/health/ready') void this.#answerReady(health, request, response);
      else listener(request, response);
    });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
  }

  close(): Promise<void> {
    this.#closing = true;
    const late = this.#runtime.clock.after(this.#drainMs, () => this.#server.closeAllConnections());
    return new Promise((resolve) => {
      this.#server.close(() => {
        late.cancel();
        resolve();
      });
    });
  }

  async #answerReady(health: () => Promise<Health>, _request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, reason } = await health();
    response.statusCode = status === 'unhealthy' || this.#closing ? 503 : 200;
    response.end(reason ?? status);
  }
}
