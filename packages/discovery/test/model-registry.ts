import type { Endpoint, EndpointRef } from '@tutti/core';
import type { LifeState } from '@tutti/discovery';

/** What a registry should hold, worked out in the plainest way there is. */
export class ModelRegistry {
  now = 0;
  readonly #lives = new Map<string, { incarnation: string; state: Endpoint['state']; expiresAt: number }>();

  put({ instanceId, incarnation, state }: Endpoint, ttlMs: number): void {
    this.#lives.set(instanceId, { incarnation, state, expiresAt: this.now + ttlMs });
  }

  renew(ref: EndpointRef, ttlMs: number): LifeState {
    const life = this.#lives.get(ref.instanceId);
    if (life?.incarnation === ref.incarnation) life.expiresAt = this.now + ttlMs;
    return this.#standing(ref);
  }

  mark(ref: EndpointRef, state: Endpoint['state']): LifeState {
    const life = this.#lives.get(ref.instanceId);
    if (life?.incarnation === ref.incarnation && life.state !== 'draining') life.state = state;
    return this.#standing(ref);
  }

  remove(ref: EndpointRef): void {
    if (this.#lives.get(ref.instanceId)?.incarnation === ref.incarnation) this.#lives.delete(ref.instanceId);
  }

  pass(ms: number): void {
    this.now += ms;
    for (const [instanceId, { expiresAt }] of this.#lives) if (expiresAt <= this.now) this.#lives.delete(instanceId);
  }

  /** `incarnation:state` of each life, sorted. */
  get lives(): readonly string[] {
    return Array.from(this.#lives.values(), ({ incarnation, state }) => `${incarnation}:${state}`).toSorted();
  }

  #standing(ref: EndpointRef): LifeState {
    const life = this.#lives.get(ref.instanceId);
    if (!life) return 'gone';
    return life.incarnation === ref.incarnation ? life.state : 'replaced';
  }
}
