import type { StandardSchemaV1 } from '@standard-schema/spec';

export interface Page<T> {
  readonly items: readonly T[];
  /** Give it back as `after` for the next page; absent on the last. Opaque to everybody but the resource. */
  readonly next?: string;
}

/** Which part of a list is wanted. */
export interface PageRequest {
  /** The most items to give, at least 1. */
  readonly limit: number;
  /** The `next` of the page before; absent for the first page. */
  readonly after?: string;
}

/** One kind of thing that can be looked at: endpoints, routes, sagas, deployments. */
export interface InspectableResource {
  /** Unique among the resources of the feature, and not `actions`. */
  readonly name: string;
  /**
   * Plain JSON objects, without secrets, never more than `limit` (IN-1). Following `next` shows everything that was there all the
   * time exactly once (IN-2); what comes and goes meanwhile may be missed. Looking changes nothing (IN-3).
   */
  list(page: PageRequest): Promise<Page<Readonly<Record<string, unknown>>>>;
}

/** What is done, to what, by whom and why. */
export interface ActionInput {
  readonly actor: string;
  readonly reason: string;
  readonly target: string;
  /** What `details` of the action made of it; undefined for an action without. */
  readonly details?: unknown;
}

/** Something that can be done by hand. Whoever offers it to people records it in an `AuditSink`; the action itself does not. */
export interface InspectableAction {
  /** Unique among the actions of the feature. */
  readonly name: string;
  /** Whether it takes away what cannot be brought back; a view asks twice. */
  readonly destructive: boolean;
  /** What the action wants to know beside its target; an action without it takes none. A schema that can describe itself as JSON Schema is shown to people. */
  readonly details?: StandardSchemaV1;
  /** Resolves when it is done, with what there is to say about it, as plain JSON. */
  run(input: ActionInput): Promise<Readonly<Record<string, unknown>>>;
}

/** What every feature offers, so that one view can show and steer all of them. */
export interface Inspectable {
  readonly feature: string;
  resources(): readonly InspectableResource[];
  actions(): readonly InspectableAction[];
}
