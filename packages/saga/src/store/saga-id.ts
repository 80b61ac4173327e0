import { type Rule, wellFormedText } from '@tutti/core';

/** The id of a saga, which remembers what its result will be. */
export type SagaId<Out = unknown> = string & { readonly '@tutti/saga/output': Out };

const wellFormed = wellFormedText(512);

/** What ids and business keys must be, so that every store keeps them as they are and can look them up. */
export const sagaId: Rule = (value) => wellFormed(value) ?? (String(value).includes('\0') ? 'must have no zero character' : undefined);
