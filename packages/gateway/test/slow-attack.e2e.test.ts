import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { missingTool } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import type { GatewayLimits } from '../src/index.ts';
import { httpServer } from './set-up.ts';
import { startGateway } from './start-gateway.ts';

const attackSeconds = 8;
/** Where other tests run beside this one, the slowest of few hundred is as slow as they make it; at full size it is alone. */
const leastMs = process.env['TUTTI_FAULTS'] === 'full' ? 10 : 250;
/** Connections of the attack; more than the door takes. */
const attackers = 500;
const protectedLimits: GatewayLimits = {
  maxConnections: 300,
  maxConnectionsPerClient: 100,
  headersTimeout: '2s',
  slowGrace: '1s',
  minBytesPerSecond: 1_000,
};
const patientLimits: GatewayLimits = {
  maxConnections: 300,
  maxConnectionsPerClient: 300,
  headersTimeout: '1h',
  requestTimeout: '1h',
  minBytesPerSecond: 0,
};

const attacks: readonly [name: string, args: readonly string[]][] = [
  ['headers that never end', ['-H', '-x', '10']],
  ['bodies that never end', ['-B', '-s', '100000', '-x', '10']],
  ['answers that are never read', ['-X', '-n', '1', '-z', '5', '-w', '1', '-y', '32']],
];

interface Honest {
  readonly p99Ms: number;
  readonly failures: readonly string[];
}

/** Asks from another address than the attack comes from, on a connection each, until told to stop. */
async function askHonestly(port: number, isOver: () => boolean): Promise<Honest> {
  const took: number[] = [];
  const failures: string[] = [];
  while (!isOver()) {
    const begunAt = performance.now();
    await new Promise<void>((resolve) => {
      const failed = (error: Error): void => {
        failures.push(error.message);
        resolve();
      };
      const sent = request(
        { host: '127.0.0.1', localAddress: '127.0.0.2', port, path: '/small', agent: false, timeout: 5_000 },
        (response) => {
          response.on('error', failed).on('end', resolve).resume();
          if (response.statusCode !== 200) failures.push(String(response.statusCode));
        },
      )
        .on('timeout', () => sent.destroy(new Error('no answer in 5 s')))
        .on('error', failed)
        .end();
    });
    took.push(performance.now() - begunAt);
    await pause(10);
  }
  took.sort((a, b) => a - b);
  return { p99Ms: took[Math.floor(took.length * 0.99)] ?? 0, failures };
}

/** Of the memory of a process, what is in use, in mebibytes. */
function residentMib(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
}

async function underAttack(args: readonly string[], limits: GatewayLimits) {
  const big = Buffer.alloc(4_000_000);
  const service = await httpServer((message, response) => {
    message.resume().on('end', () => response.end(message.url === '/big' ? big : 'ok'));
  });
  const { child, port } = await startGateway(service, limits);
  const pid = child.pid as number;
  const baselineEnds = performance.now() + 3_000;
  const before = await askHonestly(port, () => performance.now() > baselineEnds);
  const residentBefore = residentMib(pid);
  const url = `http://127.0.0.1:${port}/${args[0] === '-X' ? 'big' : 'slow'}`;
  const attack = spawn(
    'slowhttptest',
    ['-c', String(attackers), '-r', '250', '-i', '1', '-l', String(attackSeconds), '-p', '3', '-u', url, ...args],
    {
      stdio: 'ignore',
    },
  );
  let isOver = false;
  void once(attack, 'exit').then(() => {
    isOver = true;
  });
  const during = await askHonestly(port, () => isOver);
  return { before, during, grownMib: residentMib(pid) - residentBefore, isAlive: child.exitCode === null };
}

describe.skipIf(missingTool('slowhttptest') || process.platform !== 'linux')('an attack by slowhttptest', () => {
  it.each(attacks)('with %s is not felt by others', { timeout: 60_000 }, async (_name, args) => {
    const { before, during, grownMib, isAlive } = await underAttack(args, protectedLimits);
    expect(before.failures).toEqual([]);
    expect(during.failures).toEqual([]);
    expect(during.p99Ms).toBeLessThan(2 * Math.max(before.p99Ms, leastMs));
    expect(grownMib).toBeLessThan(128);
    expect(isAlive).toBe(true);
  });

  it('would be felt, by a gateway that waits for everybody', { timeout: 60_000 }, async () => {
    const { before, during } = await underAttack(['-H', '-x', '10'], patientLimits);
    expect(before.failures).toEqual([]);
    expect(during.failures.length).toBeGreaterThan(0);
  });
});
