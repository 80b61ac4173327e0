import { defaultRuntime, type Endpoint } from '@tutti/core';
import { EndpointHistory, type HeardChange } from '@tutti/discovery/testing';

/** One subscriber of a service: all that it was told, checked, over any number of watches. */
export class Watched {
  /** How many changes there were. */
  changes = 0;
  readonly #history = new EndpointHistory(defaultRuntime.clock);

  /** `incarnation:state` of each endpoint that it knows of without doubt, sorted. */
  get lives(): readonly string[] {
    return livesOf(this.#history.endpoints('it').filter(({ suspect }) => !suspect));
  }

  /** What it was told and must never be: lives that were over and came back. */
  get problems(): readonly string[] {
    return this.#history.problems;
  }

  readonly hear = (change: HeardChange): void => {
    this.changes++;
    this.#history.hear('it', change);
  };
}

export function livesOf(endpoints: readonly Endpoint[]): readonly string[] {
  return endpoints.map(({ incarnation, state }) => `${incarnation}:${state}`).toSorted();
}
