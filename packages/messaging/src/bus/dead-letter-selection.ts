import { type CloudEvent, checkOptions, coreError, everyTenant, listOf, oneOf, type TenantScope, tenantScope, text } from '@tutti/core';
import type { DeadLetter, DeadReason } from '../transport/dead-letters.ts';

/** Which letters are meant. Everything that is named must hold. */
export interface DeadLetterSelection {
  readonly tenant: TenantScope;
  readonly ids?: readonly string[];
  readonly group?: string;
  readonly pattern?: string;
  /** The type of the event. */
  readonly type?: string;
  readonly source?: string;
  readonly subject?: string;
  readonly reason?: DeadReason;
  /** The code of the failure. */
  readonly code?: string;
  /** RFC 3339: given up at or after. */
  readonly since?: string;
  /** RFC 3339: given up before. */
  readonly until?: string;
}

const reasons = oneOf('attempts', 'final', 'schema', 'unknown-type', 'version', 'no-outcome');

/** @throws INVALID_OPTIONS naming the path. */
export function checkSelection(path: string, selection: DeadLetterSelection): DeadLetterSelection {
  const checked = checkOptions<DeadLetterSelection, object>(path, selection, {
    required: { tenant: tenantScope },
    optional: {
      ids: listOf(text),
      group: text,
      pattern: text,
      type: text,
      source: text,
      subject: text,
      reason: reasons,
      code: text,
      since: text,
      until: text,
    },
  });
  for (const name of ['since', 'until'] as const) {
    const at = checked[name];
    if (at !== undefined && Number.isNaN(Date.parse(at)))
      throw coreError('INVALID_OPTIONS', { path: `${path}.${name}`, problem: `must be a time such as 2026-01-02T03:04:05Z, got '${at}'` });
  }
  return checked;
}

/** Compiles a selection. */
export function matcherOf({
  tenant,
  ids,
  group,
  pattern,
  type,
  source,
  subject,
  reason,
  code,
  since,
  until,
}: DeadLetterSelection): (letter: DeadLetter) => boolean {
  const named = ids && new Set(ids);
  const [from, to] = [since === undefined ? -Infinity : Date.parse(since), until === undefined ? Infinity : Date.parse(until)];
  return (letter) => {
    const event = (typeof letter.event === 'object' && letter.event !== null ? letter.event : {}) as Partial<CloudEvent>;
    const at = Date.parse(letter.lastFailedAt);
    return (
      (tenant === everyTenant || event.tenantid === tenant) &&
      (named === undefined || named.has(letter.id)) &&
      (group === undefined || letter.group === group) &&
      (pattern === undefined || letter.pattern === pattern) &&
      (type === undefined || event.type === type) &&
      (source === undefined || event.source === source) &&
      (subject === undefined || event.subject === subject) &&
      (reason === undefined || letter.reason === reason) &&
      (code === undefined || letter.failure.code === code) &&
      at >= from &&
      at < to
    );
  };
}
