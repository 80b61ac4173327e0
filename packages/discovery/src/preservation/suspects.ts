import type { Endpoint, Health, Runtime, Timer } from '@tutti/core';
import type { HealthChecker } from '../health/health-checker.ts';
import { MassLoss } from './mass-loss.ts';
import type { SelfPreservation } from './self-preservation.ts';

export type HealthChecks = Pick<HealthChecker, 'watchHealth'>;

/**
 * A loss is held back for this long, unsaid, because of a mass loss the first ones look like any other. It is what a dead process
 * is answered for beyond its lease and one sweep of the registry, in services that are large enough to be preserved.
 */
const holdMs = 1_000;

interface Doubt {
  readonly endpoint: Endpoint;
  end: () => void;
  suspect: boolean;
}

/** The endpoints of one service whose end is not believed, or not yet. */
export class Suspects {
  readonly #rules: SelfPreservation;
  readonly #checks: HealthChecks;
  readonly #runtime: Runtime;
  readonly #loss: MassLoss;
  readonly #doubts = new Map<string, Doubt>();
  #count = 0;
  /** Is told when the end of an endpoint that was held or suspected is believed at last. */
  readonly #believe: (endpoint: Endpoint, why: string) => void;

  constructor(rules: SelfPreservation, checks: HealthChecks, runtime: Runtime, believe: (endpoint: Endpoint, why: string) => void) {
    this.#rules = rules;
    this.#checks = checks;
    this.#runtime = runtime;
    this.#believe = believe;
    this.#loss = new MassLoss(rules);
  }

  /** How many are suspect, not counting those that are only held. */
  get count(): number {
    return this.#count;
  }

  has(endpoint: Endpoint): boolean {
    return this.#doubts.get(endpoint.instanceId)?.endpoint.incarnation === endpoint.incarnation;
  }

  /**
   * The registry says that these are gone. Says which become suspect, among them those that were only held until now; of the others it
   * keeps those that it `has`. `known` is how many were known of the service before that, doubted ones included.
   */
  judge(lost: readonly Endpoint[], known: number): readonly Endpoint[] {
    const news = lost.filter((endpoint) => !this.has(endpoint));
    const now = this.#runtime.clock.now();
    for (const { instanceId } of news) this.#loss.lost(instanceId, now);
    const standing = this.#loss.standing(known - news.length - this.#doubts.size, now);
    if (standing === 'small' && this.#count === 0) return [];
    for (const endpoint of news) this.#hold(endpoint);
    return standing === 'mass' || this.#count > 0 ? this.#suspectAll() : [];
  }

  /** The instance is there again, or its end is beyond doubt. */
  settle(instanceId: string): void {
    this.#loss.back(instanceId);
    this.#drop(instanceId);
  }

  close(): void {
    for (const instanceId of [...this.#doubts.keys()]) this.#drop(instanceId);
  }

  #hold(endpoint: Endpoint): void {
    const timer = this.#after(holdMs, () => this.#over(endpoint, 'few were lost with it'));
    this.#doubts.set(endpoint.instanceId, { endpoint, suspect: false, end: () => timer.cancel() });
  }

  #suspectAll(): readonly Endpoint[] {
    const held = [...this.#doubts.values()].filter(({ suspect }) => !suspect);
    for (const doubt of held) this.#suspect(doubt);
    return held.map(({ endpoint }) => endpoint);
  }

  #suspect(doubt: Doubt): void {
    const { endpoint } = doubt;
    doubt.end();
    doubt.suspect = true;
    this.#count++;
    const timer = this.#after(this.#rules.keepForMs, () => this.#over(endpoint, 'it was suspect for too long'));
    doubt.end = () => timer.cancel();
    const told = (health: Health): void => {
      if (health.status === 'unhealthy') this.#over(endpoint, 'it does not answer');
    };
    // a target that others watch already answers before `unwatch` is there
    const unwatch = this.#checks.watchHealth(this.#rules.probe(endpoint), (health) => void this.#after(0, () => told(health)));
    doubt.end = () => {
      timer.cancel();
      unwatch();
    };
  }

  #over(endpoint: Endpoint, why: string): void {
    if (!this.has(endpoint)) return;
    this.#drop(endpoint.instanceId); // and it goes on to count as lost
    this.#believe(endpoint, why);
  }

  #drop(instanceId: string): void {
    const doubt = this.#doubts.get(instanceId);
    if (!doubt) return;
    this.#doubts.delete(instanceId);
    if (doubt.suspect) this.#count--;
    doubt.end();
  }

  #after(ms: number, then: () => void): Timer {
    const timer = this.#runtime.clock.after(ms, then);
    timer.unref();
    return timer;
  }
}
