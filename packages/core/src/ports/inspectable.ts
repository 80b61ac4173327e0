export interface Page<T> {
  readonly items: readonly T[];
  /** Give it back for the next page; absent on the last. */
  readonly next?: string;
}

/** One kind of thing that can be looked at: endpoints, routes, sagas, deployments. */
export interface InspectableResource {
  readonly name: string;
  /** Plain JSON objects, without secrets. */
  list(page: { readonly limit: number; readonly after?: string }): Promise<Page<Readonly<Record<string, unknown>>>>;
}

/** Something that can be done by hand. */
export interface InspectableAction {
  readonly name: string;
  /** Every action has somebody who did it and why. */
  run(input: {
    readonly actor: string;
    readonly reason: string;
    readonly target: string;
    readonly details?: unknown;
  }): Promise<Readonly<Record<string, unknown>>>;
}

/** What every feature offers, so that one view can show and steer all of them. */
export interface Inspectable {
  readonly feature: string;
  resources(): readonly InspectableResource[];
  actions(): readonly InspectableAction[];
}
