import type { Outcome } from '../../transport/event-transport.ts';
import { compareIds } from './bus-keys.ts';

/** First deliveries of one level, with the places of their outcomes. */
export interface FirstDeliveries {
  readonly level: string;
  readonly ids: string[];
  readonly identities: string[];
  readonly places: number[];
}

/** Outcomes as the scripts want them. */
export interface SettleArguments {
  /** What `acknowledgeScript` is told. */
  readonly acknowledged: readonly FirstDeliveries[];
  /** What `settleScript` is told, and for each of its answers the place of the outcome. */
  readonly others: { readonly args: readonly string[]; readonly places: readonly number[] };
}

/** @param identityOf For an inbox: the identity to remember with an acknowledgement. */
export function settleArguments(
  outcomes: readonly Outcome[],
  identityOf: ((receipt: string) => string | undefined) | undefined,
): SettleArguments {
  const acknowledged: FirstDeliveries[] = [];
  const extended: FirstDeliveries[] = [];
  const rest: string[] = [];
  const restPlaces: number[] = [];
  for (let place = 0; place < outcomes.length; place++) {
    const outcome = outcomes[place] as Outcome;
    const { kind, receipt } = outcome;
    const bar = receipt.indexOf('|');
    if (bar === -1 && kind === 'ack') {
      const group = ofLevel(acknowledged, receipt);
      group.ids.push(receipt.slice(2));
      group.places.push(place);
      if (identityOf) group.identities.push(identityOf(receipt) ?? '');
    } else if (bar === -1 && kind === 'extend') {
      const group = ofLevel(extended, receipt);
      group.ids.push(receipt.slice(2));
      group.places.push(place);
    } else {
      const [ref, fence] = bar === -1 ? [receipt, ''] : [receipt.slice(0, bar), receipt.slice(bar + 1)];
      rest.push(...single(outcome, ref, fence, identityOf?.(receipt) ?? ''));
      restPlaces.push(place);
    }
  }
  const groups = extended.flatMap(({ level, ids }) => ['E', level, String(ids.length), ...ends(ids), ...ids]);
  const places = extended.flatMap((group) => group.places);
  return { acknowledged, others: { args: [...groups, ...rest], places: [...places, ...restPlaces] } };
}

function ofLevel(groups: FirstDeliveries[], receipt: string): FirstDeliveries {
  const level = receipt[0] as string;
  for (const group of groups) if (group.level === level) return group;
  const group: FirstDeliveries = { level, ids: [], identities: [], places: [] };
  groups.push(group);
  return group;
}

function single(outcome: Outcome, ref: string, fence: string, identity: string): string[] {
  switch (outcome.kind) {
    case 'ack':
      return ['K', ref, fence, identity];
    case 'extend':
      return ['X', ref, fence];
    case 'release':
      return ['L', ref, fence];
    case 'retry':
      return ['R', ref, fence, String(Math.max(0, Math.ceil(outcome.delayMs)))];
    case 'dead': {
      const { reason, failure, attempts } = outcome;
      return [
        'D',
        ref,
        fence,
        reason,
        failure.message,
        failure.code ?? '',
        failure.stack ?? '',
        attempts === undefined ? '' : String(attempts),
      ];
    }
  }
}

function ends(ids: readonly string[]): [string, string] {
  let [lowest, highest] = [ids[0] as string, ids[0] as string];
  for (const id of ids) {
    if (compareIds(id, lowest) < 0) lowest = id;
    else if (compareIds(id, highest) > 0) highest = id;
  }
  return [lowest, highest];
}
