import type { StandardSchemaV1 } from '@standard-schema/spec';
import { checkOptions, type InspectableAction, type Rule, TuttiError, text, wholeNumber } from '@tutti/core';
import { noPlace } from '../store/list-place.ts';
import type { HistoryEntry } from './saga-view.ts';

/** Which part of a history, and whose saga it must be. */
export interface HistoryPart {
  /** Only if it is a saga of this tenant: that of another is not there. @defaultValue whoever's it is */
  readonly tenant?: string;
  readonly limit: number;
  /** The `next` of the page before. */
  readonly after?: string;
}

const pages = { limit: 100, most: 1_000 } as const;

/**
 * The history of the saga that is the target, a page of `{ items, next }` in the order in which things happened. It shows what steps returned, without
 * what the definition says is secret, so it is an action and not a list: only who may act sees it, and that somebody looked is recorded.
 */
export function historyAction(historyOf: (id: string, tenant?: string) => Promise<readonly HistoryEntry[]>): InspectableAction {
  return {
    name: 'history',
    destructive: false,
    details: historyPart,
    async run({ target, details }) {
      const { tenant, limit, after = '0' } = details as HistoryPart;
      if (!/^\d{1,9}$/.test(after)) throw noPlace();
      const rest = (await historyOf(target, tenant)).filter(({ seq }) => seq > Number(after));
      const items = rest.slice(0, limit);
      return { items, ...(rest.length > limit && { next: String(items.at(-1)?.seq) }) };
    },
  };
}

const rules: { readonly optional: Readonly<Record<keyof HistoryPart, Rule>> } = {
  optional: { tenant: text, after: text, limit: wholeNumber({ min: 1, max: pages.most }) },
};

/** Describes itself, for people who look what the action wants. */
const historyPart: StandardSchemaV1<unknown, HistoryPart> = {
  '~standard': {
    version: 1,
    vendor: 'tutti',
    validate(value = {}) {
      try {
        return {
          value: checkOptions<HistoryPart, { readonly limit: number }>('history', value as HistoryPart, rules, { limit: pages.limit }),
        };
      } catch (error) {
        if (!TuttiError.is(error, 'INVALID_OPTIONS')) throw error;
        return { issues: [{ message: error.message }] };
      }
    },
    ...({ jsonSchema: { input: () => partAsJson } } as object),
  },
};

const partAsJson = {
  type: 'object',
  properties: {
    tenant: { type: 'string', minLength: 1 },
    limit: { type: 'integer', minimum: 1, maximum: pages.most, default: pages.limit },
    after: { type: 'string' },
  },
  additionalProperties: false,
};
