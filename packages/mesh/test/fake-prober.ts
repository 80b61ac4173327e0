import type { Health, Probe, Prober } from '@tutti/core';

/** A prober that says what a test tells it to. */
export class FakeProber implements Prober {
  readonly watched: Map<string, { readonly probe: Probe; readonly listener: (health: Health) => void }> = new Map();

  watchHealth(probe: Probe, listener: (health: Health) => void): () => void {
    const name = probe.kind === 'http' ? probe.url : `tcp://${probe.host}:${probe.port}`;
    if (this.watched.has(name)) throw new Error(`${name} is watched twice`);
    this.watched.set(name, { probe, listener });
    return () => this.watched.delete(name);
  }

  say(name: string, status: 'healthy' | 'degraded' | 'unhealthy'): void {
    const watched = this.watched.get(name);
    if (!watched) throw new Error(`nobody watches ${name}`);
    watched.listener(status === 'healthy' ? { status } : { status, reason: 'as told' });
  }
}
