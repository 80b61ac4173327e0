import type { SqlValue, Statement } from '../ports/write-set.ts';
import { isRefusal, type Outcome } from './apply-sets.ts';
import type { StatementResult } from './database.ts';
import type { PackedReply, PackedRequests, WriterRequest } from './protocol.ts';
import { withoutRows } from './statement-result.ts';

/*
 * Between threads an object costs more than what it holds: a set of one statement takes 0.9 µs to clone and 0.25 µs as part of one
 * flat list. So everything that is frequent goes over as numbers, strings and bytes, and what is rare as the object that it is.
 */

/** Beyond it both ends forget all texts. Only programs that write values into their texts reach it. */
const maxTexts = 1_000;
const anyRows = -1;

/**
 * A set becomes its number of statements and, for each, the text, the expected rows, the number of values, and the values.
 * A text that was sent before is a number from then on.
 */
export class RequestPacker {
  readonly #numbers = new Map<string, number>();

  pack(requests: readonly WriterRequest[]): PackedRequests {
    const packed: (SqlValue | WriterRequest)[] = [];
    for (const request of requests) {
      if (!isSet(request)) {
        packed.push(request);
        continue;
      }
      packed.push(request.length);
      for (const { sql, values, expectedRows = anyRows } of request) {
        packed.push(this.#numberOrText(sql), expectedRows, values.length);
        for (const value of values) packed.push(value);
      }
    }
    return packed;
  }

  #numberOrText(sql: string): number | string {
    const known = this.#numbers.get(sql);
    if (known !== undefined) return known;
    if (this.#numbers.size === maxTexts) this.#numbers.clear();
    this.#numbers.set(sql, this.#numbers.size);
    return sql;
  }
}

/** The other end of one packer: must be given all that it packed, in order, as texts get their numbers by counting. */
export class RequestUnpacker {
  readonly #texts: string[] = [];

  *unpack(packed: PackedRequests): Generator<WriterRequest, void> {
    let at = 0;
    while (at < packed.length) {
      const head = packed[at++];
      if (typeof head !== 'number') {
        yield head as WriterRequest;
        continue;
      }
      const statements: Statement[] = [];
      for (let left = head; left > 0; left--) {
        const sql = this.#textOf(packed[at] as number | string);
        const expectedRows = packed[at + 1] as number;
        const from = at + 3;
        at = from + (packed[at + 2] as number);
        const values = packed.slice(from, at) as SqlValue[];
        statements.push(expectedRows === anyRows ? { sql, values } : { sql, values, expectedRows });
      }
      yield statements;
    }
  }

  #textOf(numberOrText: number | string): string {
    if (typeof numberOrText === 'number') return this.#texts[numberOrText] as string;
    if (this.#texts.length === maxTexts) this.#texts.length = 0;
    this.#texts.push(numberOrText);
    return numberOrText;
  }
}

/** An outcome without rows becomes its number of statements and what each changed; any other stays what it is. */
export function packOutcomes(outcomes: readonly Outcome[]): PackedReply {
  const packed: (number | Outcome)[] = [];
  for (const outcome of outcomes) {
    if (isRefusal(outcome) || outcome.some(({ rows }) => rows.length > 0)) packed.push(outcome);
    else {
      packed.push(outcome.length);
      for (const { changes } of outcome) packed.push(changes);
    }
  }
  return packed;
}

export function unpackOutcomes(packed: PackedReply): Outcome[] {
  const outcomes: Outcome[] = [];
  for (let at = 0; at < packed.length; ) {
    const head = packed[at++] as number | Outcome;
    if (typeof head !== 'number') {
      outcomes.push(head);
      continue;
    }
    const results: StatementResult[] = [];
    for (const end = at + head; at < end; at++) results.push(withoutRows(packed[at] as number));
    outcomes.push(results);
  }
  return outcomes;
}

function isSet(request: WriterRequest): request is readonly Statement[] {
  return Array.isArray(request);
}
