import { afterEach, expect } from 'vitest';
import { Http1Connections, type Http1Options } from '../../src/http/index.ts';
import { eventually } from '../../src/testing/index.ts';
import { type OnRequest, RawServer } from './raw-server.ts';

export interface House {
  readonly server: RawServer;
  readonly connections: Http1Connections;
}

const houses: House[] = [];

/** A server and connections to it, which are gone after the test. */
export async function house(onRequest: OnRequest, options: Http1Options = {}): Promise<House> {
  const server = await new RawServer(onRequest).listen();
  const connections = new Http1Connections({ host: '127.0.0.1', port: server.port }, options);
  houses.push({ server, connections });
  return { server, connections };
}

/** Sockets of this process that somebody still holds. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((each) => each === 'TCPSocketWrap').length;
}

/** Lets come what is under way between two sockets of this process. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when a number has not changed for a while. */
export async function standsStill(number: () => number): Promise<number> {
  let before = Number.NaN;
  const look = (): boolean => {
    const isStill = number() === before;
    before = number();
    return isStill;
  };
  await eventually('nothing moves', look, 5_000, 50);
  return before;
}

/** After each test: every connection is destroyed, and no socket is left. */
export function tidiesUp(): void {
  afterEach(async () => {
    await Promise.all(houses.splice(0).map(({ server, connections }) => Promise.all([connections.destroy(), server.close()])));
    await eventually('no socket is left', () => openSockets() === 0, 1_000);
    expect(openSockets()).toBe(0);
  });
}
