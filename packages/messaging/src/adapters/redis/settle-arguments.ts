import type { Outcome } from '../../transport/event-transport.ts';
import { compareIds } from './bus-keys.ts';

export interface SettleArguments {
  readonly args: readonly string[];
  /** For each answer of the script the place of its outcome. */
  readonly places: readonly number[];
}

/** First deliveries that are acknowledged or extended, of one level. */
interface Group {
  readonly ids: string[];
  readonly identities: string[];
  readonly places: number[];
}

/** @param identityOf For an inbox: the identity to remember with an acknowledgement. */
export function settleArguments(
  outcomes: readonly Outcome[],
  identityOf: ((receipt: string) => string | undefined) | undefined,
): SettleArguments {
  const groups = new Map<string, Group>();
  const rest: string[] = [];
  const restPlaces: number[] = [];
  for (const [place, outcome] of outcomes.entries()) {
    const { kind, receipt } = outcome;
    const bar = receipt.indexOf('|');
    if (bar === -1 && (kind === 'ack' || kind === 'extend')) {
      const key = `${kind === 'ack' ? 'A' : 'E'}${receipt[0]}`;
      let group = groups.get(key);
      if (!group) groups.set(key, (group = { ids: [], identities: [], places: [] }));
      group.ids.push(receipt.slice(2));
      if (identityOf && kind === 'ack') group.identities.push(identityOf(receipt) ?? '');
      group.places.push(place);
    } else {
      const [ref, fence] = bar === -1 ? [receipt, ''] : [receipt.slice(0, bar), receipt.slice(bar + 1)];
      rest.push(...single(outcome, ref, fence, identityOf?.(receipt) ?? ''));
      restPlaces.push(place);
    }
  }
  const args: string[] = [];
  const places: number[] = [];
  for (const [key, group] of groups) {
    for (let index = 0; index < group.ids.length; index++) places.push(group.places[index] as number);
    const [lowest, highest] = ends(group.ids);
    args.push(key[0] as string, key[1] as string, String(group.ids.length), lowest, highest, ...group.ids, ...group.identities);
  }
  return { args: args.concat(rest), places: places.concat(restPlaces) };
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
