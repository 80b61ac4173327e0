import type { Runtime } from '@tutti/core';
import type { Delays } from './delays.ts';
import type { Link } from './link.ts';
import type { WorkQueue } from './names.ts';
import type { Pasts } from './past.ts';
import type { Publisher } from './publisher.ts';
import type { Registered } from './registry.ts';
import type { Topology } from './topology.ts';

/** What the feeds of a transport share. */
export interface FeedParts {
  readonly runtime: Runtime;
  /** For consuming: a connection of its own, because a broker that is short of memory stops reading from those that publish. */
  readonly consuming: Link;
  readonly publisher: Publisher;
  readonly topology: Topology;
  readonly delays: Delays;
  readonly pasts: Pasts;
}

export interface FeedOptions extends FeedParts {
  readonly subscription: Registered;
  readonly leaseMs: number;
  readonly queues: readonly WorkQueue[];
  readonly onClose: (feed: object) => void;
}
