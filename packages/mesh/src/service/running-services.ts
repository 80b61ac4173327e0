import { type Component, coreError } from '@tutti/core';
import type { ServiceDirectory } from './service-directory.ts';
import type { ServiceView } from './service-view.ts';

/** The services of a mesh, for whoever uses them: there are none before it has started, nor when it has stopped. */
export class RunningServices {
  readonly #directory: ServiceDirectory;
  readonly #life: Pick<Component, 'state'>;

  constructor(directory: ServiceDirectory, life: Pick<Component, 'state'>) {
    this.#directory = directory;
    this.#life = life;
  }

  /**
   * The view of a service, followed from now on if it was not yet.
   * @throws NOT_RUNNING.
   */
  follow(serviceName: string): ServiceView {
    this.mustRun();
    return this.#directory.follow(serviceName);
  }

  /** @throws NOT_RUNNING. */
  mustRun(): void {
    if (this.#life.state !== 'running') throw coreError('NOT_RUNNING', { component: 'mesh', state: this.#life.state });
  }
}
