import type { Endpoint } from '@tutti/core';
import type { Simulation } from '@tutti/core/testing';
import { type DiscoveryBackend, ServiceDiscovery } from '@tutti/discovery';
import { EndpointHistory, endpointsIn, type FaultyBackend, faultyBackend } from '@tutti/discovery/testing';

const ttlMs = 3_000;

/** Longer than a lease, a sweep, the longest pause between two tries and a probe of a suspect together. */
const quietMs = 60_000;

interface Member {
  readonly name: string;
  discovery: ServiceDiscovery;
  line: FaultyBackend;
  leave: () => void;
  readonly own: Map<string, Endpoint>;
}

export interface Schedule {
  /** A client of the registry. */
  connect(): DiscoveryBackend;
  /** The registry forgets everything, as one that kept nothing does when it restarts. */
  forget?(): Promise<void> | void;
  readonly members: number;
  readonly steps: number;
  /** Ends what the schedule has left open in the registry. */
  end?(): Promise<void> | void;
}

/**
 * A network of processes that register, drain, say goodbye, die and begin again, while their ways to the registry are cut and mended, and the
 * registry forgets. Then quiet, and what every one of them was told from beginning to end is checked.
 */
export async function playFaults(
  sim: Simulation,
  schedule: Schedule,
): Promise<{ readonly history: EndpointHistory; readonly suspectsAsked: number }> {
  const { runtime } = sim;
  const history = new EndpointHistory(runtime.clock);
  const alive = new Set<string>();
  const probe = (endpoint: Endpoint): { kind: 'function'; check(): Promise<void> } => ({
    kind: 'function',
    async check() {
      suspectsAsked++;
      if (!alive.has(endpoint.instanceId)) throw new Error('nobody answers');
    },
  });
  let begun = 0;
  let suspectsAsked = 0;
  const begin = (): Pick<Member, 'discovery' | 'line' | 'leave'> => {
    const line = faultyBackend(schedule.connect());
    const discovery = new ServiceDiscovery({ backend: line, runtime, ttl: `${ttlMs}ms`, selfPreservation: { probe } });
    const leave = history.follow(`p${begun++}`, discovery, 'voice');
    return { discovery, line, leave };
  };
  const members: Member[] = Array.from({ length: schedule.members }, (_none, index) => ({
    name: `m${index}`,
    ...begin(),
    own: new Map(),
  }));

  async function register(member: Member): Promise<void> {
    const instanceId = `${member.name}-${sim.below(2)}`;
    const endpoint = await member.discovery.registerService({ serviceName: 'voice', instanceId, host: 'localhost', port: 8009 });
    alive.add(instanceId);
    member.own.set(instanceId, endpoint);
  }
  async function kill(member: Member): Promise<void> {
    member.line.cut(); // so that its farewell is lost
    for (const instanceId of member.own.keys()) alive.delete(instanceId);
    member.own.clear();
    member.leave();
    await member.discovery.stop();
    Object.assign(member, begin());
  }
  async function withOwn(member: Member, verb: (endpoint: Endpoint) => Promise<void>): Promise<void> {
    for (const endpoint of member.own.values()) return verb(endpoint);
  }
  async function deregister(member: Member, endpoint: Endpoint): Promise<void> {
    member.own.delete(endpoint.instanceId);
    alive.delete(endpoint.instanceId);
    await member.discovery.deregisterService(endpoint);
  }
  const deeds: readonly [string, (member: Member) => Promise<void> | void][] = [
    ['register', register],
    ['register', register],
    ['register', register],
    ['drain', (member) => withOwn(member, (endpoint) => member.discovery.drain(endpoint))],
    ['deregister', (member) => withOwn(member, (endpoint) => deregister(member, endpoint))],
    ['kill', kill],
    ['cut', (member) => member.line.cut()],
    ['mend', (member) => member.line.mend()],
    ['mend', (member) => member.line.mend()],
    ['forget', () => schedule.forget?.()],
  ];

  for (let step = 0; step < schedule.steps; step++) {
    const member = members[sim.below(members.length)] as Member;
    const [name, deed] = deeds[sim.below(deeds.length)] as (typeof deeds)[number];
    sim.note(`${name} ${member.name}`);
    const done = Promise.resolve(deed(member)).catch((error: unknown) => sim.note(`refused: ${String(error)}`));
    await sim.pass(sim.pick([0, 50, 400, 1_500, 4_000]));
    await sim.within(10_000, done);
  }
  for (const { line } of members) line.mend();
  await sim.pass(quietMs);
  const reader = schedule.connect();
  history.check(await sim.within(10_000, endpointsIn(reader, 'voice')));
  await reader.close();
  for (const { discovery } of members) await sim.within(10_000, discovery.stop());
  await schedule.end?.();
  return { history, suspectsAsked };
}
