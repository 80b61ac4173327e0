import { coreError } from '../../errors/core-errors.ts';
import type { Handler } from '../../handler/handler.ts';
import { checkOptions } from '../../options/check-options.ts';
import { callable, objectWith } from '../../options/rules.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { checkedConditions, Link, type LinkConditions, linkDefaults } from './link.ts';
import { copyOf, type NodeFace, type NodeProgram, SimulatedNode } from './node.ts';

export interface SimulatedNetworkOptions {
  /** Its clock carries the messages, its randomness decides their fate: the same seed, the same run. */
  readonly runtime: Runtime;
  /** Of every direction that has none of its own. */
  readonly conditions?: LinkConditions;
  /** Told of everything that happens, in words. */
  readonly note?: (words: string) => void;
}

/** What one node can do towards another. */
export interface NetworkLink {
  /**
   * Asks a service of the other node. The answer may never come, so put a timeout around it: rejects with the reason of the call when that is
   * cancelled, and with STORE_UNAVAILABLE when the other node can be reached and is down, as a closed port refuses.
   */
  handler<I, O>(service: string): Handler<I, O>;
  /** Sends and forgets. */
  send(service: string, message: unknown): void;
}

/**
 * Machines and the lines between them, in one process and on one clock. Everything is copied on its way (structured clone), so nodes share
 * nothing by accident. Deterministic: on a manual clock and a seeded random the same program gives the same run.
 */
export interface SimulatedNetwork {
  /** Adds a node and boots it: runs `program`, now and after each restart. What the program keeps in variables is what a crash loses. */
  node(name: string, program?: NodeProgram): NodeFace;
  link(from: string, to: string): NetworkLink;
  /** Changes one direction from now on; what is on its way stays on its way. */
  change(from: string, to: string, conditions: LinkConditions): void;
  /** Nothing gets from the first to the others any more, nor back unless `oneWay`. Answers nobody: a partition is silence. */
  partition(some: readonly string[], others: readonly string[], how?: 'both-ways' | 'one-way'): void;
  /** Ends all partitions. */
  heal(): void;
  /** The node answers nobody, its timers do not fire, its signal is aborted, and whatever it still does reaches nobody. */
  crash(name: string): void;
  restart(name: string): void;
}

export function simulatedNetwork(options: SimulatedNetworkOptions): SimulatedNetwork {
  const { runtime, note = () => undefined } = checkOptions<SimulatedNetworkOptions, object>('simulatedNetwork', options, {
    required: { runtime: objectWith('a Runtime', 'clock', 'random') },
    optional: { conditions: objectWith('conditions'), note: callable },
  });
  const everywhere = { ...linkDefaults, ...checkedConditions('simulatedNetwork.conditions', options.conditions ?? {}) };
  const nodes = new Map<string, SimulatedNode>();
  const links = new Map<string, Link>();

  function nodeOf(name: string): SimulatedNode {
    const node = nodes.get(name);
    if (!node) throw coreError('INVALID_ARGUMENT', { path: 'node', problem: `must be one that was added, got '${name}'` });
    return node;
  }
  function linkOf(from: string, to: string): Link {
    const key = `${nodeOf(from).name} -> ${nodeOf(to).name}`;
    const link = links.get(key) ?? new Link(everywhere);
    links.set(key, link);
    return link;
  }
  /** Every copy is cloned when it is sent, as bytes are: a later change by the sender must not show. */
  function carry<M>(from: string, to: string, what: string, copyMessage: () => M, arrive: (message: M) => void): void {
    const arrivals = linkOf(from, to).arrivals(runtime.clock.now(), runtime.random);
    if (arrivals.length !== 1) note(`${what} ${from} -> ${to} ${arrivals.length === 0 ? 'lost' : 'doubled'}`);
    for (const at of arrivals) {
      const copy = copyMessage();
      runtime.clock.after(at - runtime.clock.now(), () => {
        note(`${what} ${from} -> ${to}`);
        arrive(copy);
      });
    }
  }
  const between = (some: readonly string[], others: readonly string[]): Link[] =>
    some.flatMap((from) => others.map((to) => linkOf(from, to)));

  return {
    node(name, program = () => undefined) {
      if (nodes.has(name)) throw coreError('INVALID_ARGUMENT', { path: 'node', problem: `must be new, and '${name}' is not` });
      const node = new SimulatedNode(name, program, runtime);
      nodes.set(name, node);
      node.boot();
      return node;
    },
    link: (from, to) => ({
      handler: (service) => (input, call) => {
        const [asker, answerer] = [nodeOf(from), nodeOf(to)];
        return asker.ask(call, (hear) =>
          carry(
            from,
            to,
            service,
            () => structuredClone(input),
            (arrived) =>
              answerer.answer(service, arrived, call, (outcome) => carry(to, from, `${service} answer`, () => copyOf(outcome), hear)),
          ),
        );
      },
      send: (service, message) => {
        if (nodeOf(from).up)
          carry(
            from,
            to,
            service,
            () => structuredClone(message),
            (arrived) => nodeOf(to).take(service, arrived),
          );
      },
    }),
    change(from, to, conditions) {
      const link = linkOf(from, to);
      link.conditions = { ...link.conditions, ...checkedConditions('conditions', conditions) };
    },
    partition(some, others, how = 'both-ways') {
      note(`partition ${some} | ${others} ${how}`);
      for (const link of between(some, others)) link.cut = true;
      if (how === 'both-ways') for (const link of between(others, some)) link.cut = true;
    },
    heal() {
      note('heal');
      for (const link of links.values()) link.cut = false;
    },
    crash(name) {
      note(`crash ${name}`);
      nodeOf(name).crash();
    },
    restart(name) {
      note(`restart ${name}`);
      nodeOf(name).boot();
    },
  };
}
