import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TrafficPlan } from '@tutti/core';
import { eventually } from '@tutti/core/testing';
import { expect, it } from 'vitest';
import { trafficHouse } from './traffic-house.ts';

const script = fileURLToPath(new URL('./traffic-replica.ts', import.meta.url));
const plan = (canary: number): TrafficPlan => ({ serviceName: 'voice', weights: { stable: 100 - canary, canary } });

/** A request that a replica routed: when, in microseconds since the machine was started, and by which plan. */
interface Routed {
  readonly at: number;
  readonly planRevision: number;
}

const now = (): number => Number(process.hrtime.bigint() / 1_000n);

class Replica {
  readonly routed: Routed[] = [];
  readonly child: ChildProcess;

  constructor(path: string, instanceId: string, fence: string) {
    this.child = spawn(process.execPath, ['--conditions=@tutti/source', script, path, instanceId, fence], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    createInterface(this.child.stdout as NodeJS.ReadableStream).on('line', (line) => this.routed.push(JSON.parse(line)));
  }

  follows(revision: number): Promise<boolean | undefined> {
    return eventually(`a request that follows revision ${revision}`, () => this.routed.at(-1)?.planRevision === revision, 20_000);
  }

  /** Resolves when it stands still: when it says no more. */
  async stop(): Promise<void> {
    this.child.stdin?.write('stop\n');
    await eventually('its silence', () => now() - (this.routed.at(-1)?.at ?? 0) > 300_000);
  }

  olderThan(revision: number, since: number): readonly Routed[] {
    return this.routed.filter(({ at, planRevision }) => at > since && planRevision < revision);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}

/** What happened to three replicas, and what they routed after the second plan was acknowledged with nobody lagging. */
async function story(fence: 'fence' | 'no-fence') {
  await using cleanUp = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'tutti-traffic-'));
  cleanUp.defer(() => rm(folder, { recursive: true }));
  const path = join(folder, 'mesh.db');
  const { traffic } = cleanUp.use(await trafficHouse(path, 'coordinator'));
  const replicas = ['steady', 'sleeper', 'killed'].map((id) => cleanUp.use(new Replica(path, id, fence)));
  const [, sleeper, killed] = replicas as [Replica, Replica, Replica];
  await Promise.all(replicas.map((replica) => replica.follows(0)));
  await eventually('their records', () => traffic.replicas.filter(({ metadata }) => metadata['applied/voice'] === '0').length === 3);

  const first = await traffic.acknowledged('voice', await traffic.apply(plan(5), 0), '20s');
  const firstAt = now();
  await Promise.all(replicas.map((replica) => replica.follows(1)));

  await sleeper.stop();
  await killed[Symbol.asyncDispose]();
  const revision = await traffic.apply(plan(25), 1);
  const soon = await traffic.acknowledged('voice', revision, '1500ms');
  const late = await traffic.acknowledged('voice', revision, '30s');
  const lateAt = now();
  sleeper.child.kill('SIGCONT');
  await sleeper.follows(2);
  return {
    first,
    soon,
    late,
    afterFirst: replicas.flatMap((replica) => replica.olderThan(1, firstAt)),
    afterLate: replicas.flatMap((replica) => replica.olderThan(2, lateAt)),
    routedLate: sleeper.routed.filter(({ at }) => at > lateAt).length,
  };
}

it('names who stands still or was killed, and once nobody lags no request follows an older plan, not even of who slept', {
  timeout: 90_000,
}, async () => {
  const { first, soon, late, afterFirst, afterLate, routedLate } = await story('fence');
  expect(first).toEqual({ lagging: [] });
  expect(soon).toEqual({ lagging: ['killed', 'sleeper'] });
  expect(late).toEqual({ lagging: [] });
  expect(afterFirst).toEqual([]);
  expect(afterLate).toEqual([]);
  expect(routedLate).toBeGreaterThan(0);
});

it('without the fence who slept follows an older plan: the control of the test above', { timeout: 90_000 }, async () => {
  const { late, afterLate } = await story('no-fence');
  expect(late).toEqual({ lagging: [] });
  expect(afterLate.length).toBeGreaterThan(0);
});
