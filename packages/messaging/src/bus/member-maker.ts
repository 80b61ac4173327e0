import { coreError, type Duration, type EventCatalogue, type Runtime } from '@tutti/core';
import type { Inbox } from '../inbox/inbox.ts';
import { isDirectTransport } from '../transport/direct-transport.ts';
import type { EventTransport, EventTransportCapabilities, InboxWindow, SubscriptionRequest } from '../transport/event-transport.ts';
import { SubscriptionCounter } from './bus-counts.ts';
import { Consumer } from './consumer.ts';
import { DirectMember } from './direct-member.ts';
import { type EventHandler, EventWork } from './event-work.ts';
import { InboxGuard } from './inbox-guard.ts';
import type { Member } from './member.ts';
import type { ConsumerSettings } from './subscribe-options.ts';

export interface MemberPlan {
  readonly events: EventCatalogue;
  readonly handler: EventHandler;
  readonly group: string;
  readonly pattern: string;
  readonly settings: ConsumerSettings;
  /** The bus's own. */
  readonly inbox: Inbox | undefined;
  readonly transport: EventTransport;
  readonly drainTimeout: Duration;
  readonly runtime: Runtime;
}

export interface MemberMaker {
  readonly make: () => Member;
  /** The inbox that is used beside the transport, which must be connected before. */
  readonly inbox: Inbox | undefined;
}

/**
 * Decides how a subscription is served on its transport.
 * @throws CAPABILITY_MISSING for an option that the transport cannot keep.
 */
export function memberMaker(plan: MemberPlan): MemberMaker {
  const { group, pattern, settings, transport, drainTimeout, runtime } = plan;
  const { capabilities } = transport;
  const needs = (feature: string, capability: keyof EventTransportCapabilities): void => {
    if (!capabilities[capability]) throw coreError('CAPABILITY_MISSING', { feature, adapter: transport.name, capability });
  };
  if (settings.ordered) needs('subscribe.ordered', 'keyOrder');
  if (settings.from === 'beginning') needs("subscribe.from 'beginning'", 'history');
  if (settings.inbox === true && !plan.inbox) needs('subscribe.inbox', 'inbox');
  const inbox = settings.inbox === false ? undefined : typeof settings.inbox === 'object' ? settings.inbox : plan.inbox;
  const request: SubscriptionRequest = {
    group,
    pattern,
    from: settings.from,
    leaseMs: settings.leaseMs,
    ordered: settings.ordered,
    inbox: inbox ? undefined : windowOf(settings, capabilities),
  };
  const { concurrency } = settings;
  return {
    inbox,
    make() {
      const counter = new SubscriptionCounter(group, pattern, runtime);
      const once = inbox !== undefined || request.inbox !== undefined;
      const work = new EventWork({ ...plan, inbox: inbox && new InboxGuard(inbox, group, pattern), once, counter });
      const options = { request, concurrency, work, counter, drainTimeout, runtime };
      return isDirectTransport(transport) ? new DirectMember({ ...options, transport }) : new Consumer({ ...options, transport });
    },
  };
}

/** The transport's own inbox: where it was asked for, or where the transport keeps things for good. */
function windowOf({ inbox, inboxWindow }: ConsumerSettings, capabilities: EventTransportCapabilities): InboxWindow | undefined {
  return capabilities.inbox && (inbox === true || (inbox === undefined && capabilities.durable)) ? inboxWindow : undefined;
}
