import type { Law } from '@tutti/core/testing';
import type { EventTransportCapabilities } from '../transport/event-transport.ts';
import type { EventTransportSubject } from './event-transport-subject.ts';
import { failureLaws } from './failure-laws.ts';
import { keepingLaws } from './keeping-laws.ts';
import { membershipLaws } from './membership-laws.ts';
import { orderLaws } from './order-laws.ts';
import { storingLaws } from './storing-laws.ts';

/** What every `EventTransport` promises. Run them with `checkLaws` from `@tutti/core/testing`. */
export const eventTransportLaws: readonly Law<EventTransportSubject, EventTransportCapabilities>[] = [
  ...storingLaws,
  ...membershipLaws,
  ...failureLaws,
  ...orderLaws,
  ...keepingLaws,
].sort((a, b) => Number(a.id.slice(3)) - Number(b.id.slice(3)));
