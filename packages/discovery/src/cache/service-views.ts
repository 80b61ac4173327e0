import { type Repeating, repeat } from '@tutti/core';
import type { DiscoveryBackend } from '../backend/discovery-backend.ts';
import { checkServiceName } from '../registration/service-instance.ts';
import type { Beliefs } from './believed-endpoints.ts';
import { ServiceView } from './service-view.ts';

/** The services that this process follows: from when they are first asked for until nobody has asked for a while. */
export class ServiceViews {
  readonly #backend: DiscoveryBackend;
  readonly #beliefs: Beliefs;
  readonly #views = new Map<string, ServiceView>();
  readonly #forgetMs: number;
  readonly #closing = new Set<Promise<void>>();
  #loop: Repeating | undefined;

  constructor(backend: DiscoveryBackend, beliefs: Beliefs, forgetMs: number) {
    this.#backend = backend;
    this.#beliefs = beliefs;
    this.#forgetMs = forgetMs;
  }

  get(serviceName: string): ServiceView | undefined {
    return this.#views.get(serviceName);
  }

  all(): readonly ServiceView[] {
    return [...this.#views.values()];
  }

  /** @throws INVALID_OPTIONS for what is no name of a service. */
  follow(serviceName: string): ServiceView {
    checkServiceName(serviceName);
    const view = new ServiceView(serviceName, this.#backend, this.#beliefs);
    this.#views.set(serviceName, view);
    this.#loop ??= repeat(this.#beliefs.runtime, { name: 'forgetting services', intervalMs: this.#forgetMs }, () => this.#forget());
    return view;
  }

  async close(): Promise<void> {
    await this.#loop?.stop();
    await Promise.all([...this.#closing, ...this.all().map((view) => view.close())]);
    this.#views.clear();
  }

  /** Who was not asked for between two turns is forgotten: names may come from requests, and there is no end to them. */
  #forget(): void {
    for (const view of this.all()) {
      if (view.isIdle) {
        this.#views.delete(view.serviceName);
        const closing = view.close().finally(() => this.#closing.delete(closing));
        this.#closing.add(closing);
      } else view.used = false;
    }
  }
}
