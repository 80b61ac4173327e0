import { createServer, type Server } from 'node:http';
import { deployError } from '../errors.ts';
import type { DeploymentPlatform, InstanceExit, InstanceSpec, RunningInstance } from '../platform/deployment-platform.ts';

const clean: InstanceExit = { kind: 'clean', words: 'it ended by itself', final: false };

interface FakeLife {
  readonly spec: InstanceSpec;
  readonly instance: RunningInstance;
  readonly end: (exit: InstanceExit) => void;
}

/** A platform whose instances are small HTTP servers of this process. A test ends them, or lets them never come up. */
export class FakePlatform implements DeploymentPlatform {
  readonly name = 'fake';
  readonly capabilities = { detached: false } as const;
  /** In the order in which they were started. */
  readonly lives: FakeLife[] = [];
  readonly #images: readonly string[];
  readonly #broken: ReadonlySet<string>;
  #pids = 0;

  /** @param options.broken Images whose instances end at once. */
  constructor(options: { readonly images: readonly string[]; readonly broken?: readonly string[] }) {
    this.#images = options.images;
    this.#broken = new Set(options.broken);
  }

  async open(): Promise<void> {}

  async close(): Promise<void> {
    for (const { end } of this.lives) end(clean);
  }

  check(image: string): void {
    if (!this.#images.includes(image)) throw deployError('DEPLOY_UNKNOWN_IMAGE', { image, known: this.#images });
  }

  async start(spec: InstanceSpec): Promise<RunningInstance> {
    const broken = this.#broken.has(spec.image);
    const server = broken ? undefined : await serve();
    const { promise: exited, resolve } = Promise.withResolvers<InstanceExit>();
    const end = (exit: InstanceExit): void => {
      server?.close();
      server?.closeAllConnections();
      resolve(exit);
    };
    const port = server === undefined ? undefined : (server.address() as { port: number }).port;
    const instance: RunningInstance = {
      host: '127.0.0.1',
      pid: ++this.#pids,
      port: Promise.resolve(port),
      exited,
      logTail: async () => `log of ${spec.image}`,
    };
    this.lives.push({ spec, instance, end });
    if (broken) end({ kind: 'failed', words: 'it failed (exit code 1)', final: false });
    return instance;
  }

  async stop(instance: RunningInstance): Promise<InstanceExit> {
    this.lives.find((life) => life.instance === instance)?.end(clean);
    return instance.exited;
  }
}

function serve(): Promise<Server> {
  const server = createServer((_request, response) => response.end('ok'));
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
