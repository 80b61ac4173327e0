import type { EventTransport } from '../transport/event-transport.ts';

/** What a member process needs of you: the store that is to be tried. */
export interface MemberParts {
  readonly transport: EventTransport;
  /** Ends what the transport does not own; called when the member has stopped. */
  dispose?(): Promise<void>;
}

/**
 * The default export of the module that a plan names. Every member process calls it once with the plan's `config`, and so does the process that judges.
 */
export type MakeMember<C> = (config: C) => MemberParts | Promise<MemberParts>;
