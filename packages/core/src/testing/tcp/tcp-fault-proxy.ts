import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { checkOptions } from '../../options/check-options.ts';
import { callable, objectWith } from '../../options/rules.ts';
import { type Random, seededRandom } from '../../runtime/random.ts';
import { Pump } from './pump.ts';
import { checkedFaults, type Direction, streamFaults, type TcpFaults } from './tcp-faults.ts';

export interface TcpFaultProxyOptions {
  readonly target: { readonly host?: string; readonly port: number };
  /** From the first connection on. */
  readonly faults?: TcpFaults;
  /** For jitter. @defaultValue seededRandom(1) */
  readonly random?: Random;
}

/** A line to a real server that can be made bad and mended while it is used. */
export interface TcpFaultProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Connections of clients that are open now, and all that there ever were. */
  readonly open: number;
  readonly accepted: number;
  /** From now on exactly these faults, on connections that are open too. Resolves when they are in force. */
  change(faults: TcpFaults): Promise<void>;
  /** From now on none. A connection that lost bytes has lost them. */
  heal(): Promise<void>;
  /** Ends all connections that are open: `cut` as a program that closes them, `reset` as a machine that has forgotten them. */
  end(ending: 'cut' | 'reset'): void;
  /** Ends everything. Also called by `await using`. */
  close(): Promise<void>;
}

/**
 * Listens on a free port of this machine and forwards to `target`, with the faults of a bad line, on real sockets.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:net';
 * import { tcpFaultProxy } from '@tutti/core/testing';
 *
 * const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
 * await new Promise((resolve) => server.once('listening', resolve));
 * const { port } = server.address() as { port: number };
 * {
 *   await using proxy = await tcpFaultProxy({ target: { port } });
 *   await proxy.change({ toClient: { latencyMs: 50 }, connect: 'forward' });
 *   console.log(proxy.port !== port);
 * }
 * server.close();
 * ```
 */
export async function tcpFaultProxy(options: TcpFaultProxyOptions): Promise<TcpFaultProxy> {
  const { target, random } = checkOptions<TcpFaultProxyOptions, { random: Random }>(
    'tcpFaultProxy',
    options,
    {
      required: { target: objectWith('{ port } or { host, port }', 'port') },
      optional: { faults: objectWith('faults'), random: callable },
    },
    { random: seededRandom(1) },
  );
  const { host = '127.0.0.1', port: targetPort } = target;
  let faults = checkedFaults('tcpFaultProxy.faults', options.faults ?? {});
  const lines = new Set<Line>();
  let accepted = 0;

  const server = createServer({ allowHalfOpen: true }, (client) => {
    accepted++;
    const upstream = faults.connect === 'half-open' ? undefined : connect({ host, port: targetPort, allowHalfOpen: true });
    const line = new Line(client, upstream, faults, random);
    lines.add(line);
    client.once('close', () => lines.delete(line));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  /** A port that refuses is one that is not listened on, so the proxy lets go of it and takes it again. */
  async function listenAsWanted(): Promise<void> {
    const wanted = faults.connect !== 'refuse';
    if (wanted === server.listening) return;
    if (wanted) {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    } else server.close();
  }
  async function change(wanted: TcpFaults): Promise<void> {
    faults = checkedFaults('faults', wanted);
    for (const line of lines) line.change(faults);
    await listenAsWanted();
  }
  async function close(): Promise<void> {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    for (const line of lines) line.end('reset');
    await closed;
  }
  await listenAsWanted();
  return {
    host: '127.0.0.1',
    port,
    get open() {
      return lines.size;
    },
    get accepted() {
      return accepted;
    },
    change,
    heal: () => change({}),
    end(ending) {
      for (const line of lines) line.end(ending);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** One connection of a client and, unless it is half open, the one to the target that belongs to it. */
class Line {
  readonly #sockets: readonly Socket[];
  readonly #pumps: ReadonlyMap<Direction, Pump>;
  #faults: TcpFaults;

  constructor(client: Socket, upstream: Socket | undefined, faults: TcpFaults, random: Random) {
    this.#faults = faults;
    this.#sockets = upstream ? [client, upstream] : [client];
    for (const socket of this.#sockets) {
      socket.setNoDelay(true);
      socket.on('error', () => this.end('reset'));
      socket.on('close', () => this.#closed());
    }
    const endAsTold = (): void => this.end(this.#faults.ending ?? 'cut');
    const pump = (from: Socket, to: Socket, direction: Direction): [Direction, Pump] => [
      direction,
      new Pump(from, to, streamFaults(faults, direction), random, endAsTold),
    ];
    this.#pumps = new Map(upstream ? [pump(client, upstream, 'toTarget'), pump(upstream, client, 'toClient')] : []);
  }

  change(faults: TcpFaults): void {
    this.#faults = faults;
    for (const [direction, pump] of this.#pumps) pump.change(streamFaults(faults, direction));
  }

  end(ending: 'cut' | 'reset'): void {
    for (const pump of this.#pumps.values()) pump.stop();
    for (const socket of this.#sockets) {
      if (ending === 'reset') socket.resetAndDestroy();
      else socket.destroySoon();
    }
  }

  /** A socket closes when both its directions have ended; then nothing can pass any more. */
  #closed(): void {
    if (this.#sockets.every(({ destroyed }) => destroyed)) for (const pump of this.#pumps.values()) pump.stop();
  }
}
