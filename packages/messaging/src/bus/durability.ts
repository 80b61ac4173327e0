import type { Durability } from '@tutti/core';
import type { EventTransport, EventTransportCapabilities } from '../transport/event-transport.ts';

/** What people should know of a capability that is not there. */
const missing: Readonly<Partial<Record<keyof EventTransportCapabilities, string>>> = {
  keyOrder: 'it cannot keep the order of keys',
  priority: 'it hands events out without regard to their priority',
  history: 'a new subscription cannot begin with what was stored before it',
  deduplication: 'an event that is published twice under one id is stored twice',
  inbox: 'it does not remember what was handled: give the bus an inbox',
  outbox: 'an event and a change of data cannot be one commit',
};

/** What was found, and what the transport cannot do. */
export function durabilityOf({ name, capabilities }: EventTransport, found: Durability): Durability {
  const lacks = Object.entries(missing).filter(([capability]) => !capabilities[capability as keyof EventTransportCapabilities]);
  if (lacks.length === 0) return found;
  return { ...found, acknowledged: `${found.acknowledged} Of ${name} you should know: ${lacks.map(([, words]) => words).join('; ')}.` };
}
