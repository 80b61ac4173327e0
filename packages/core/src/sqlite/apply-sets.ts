import type { Statement } from '../ports/write-set.ts';
import type { Connection } from './connection.ts';
import type { StatementResult } from './database.ts';
import { type Refusal, refusalOf } from './refusal.ts';

/** What became of a set. */
export type Outcome = readonly StatementResult[] | Refusal;

export function isRefusal(outcome: object): outcome is Refusal {
  return 'refused' in outcome;
}

/**
 * Applies sets in one transaction and commits it: each whole or not at all, in their order. When one of many fails, all are
 * rolled back and done again with a savepoint each, which costs more and therefore is not the first try.
 *
 * Throws, with nothing written, when the transaction as a whole fails: the file is locked, the disk is full.
 * @param fill May add to `sets` what has come meanwhile; is asked when all are applied, as one more is cheaper than one more commit.
 */
export function applySets(connection: Connection, sets: readonly (readonly Statement[])[], fill: () => void = () => undefined): Outcome[] {
  try {
    return allOrNone(connection, sets, fill) ?? eachForItself(connection, sets);
  } catch (error) {
    connection.rollback();
    throw error;
  }
}

function allOrNone(connection: Connection, sets: readonly (readonly Statement[])[], fill: () => void): Outcome[] | undefined {
  const outcomes: Outcome[] = [];
  connection.begin();
  for (let index = 0; index < sets.length; index++) {
    const outcome = applySet(connection, sets[index] as readonly Statement[]);
    outcomes.push(outcome);
    if (isRefusal(outcome)) {
      connection.rollback();
      return sets.length === 1 ? outcomes : undefined;
    }
    if (index === sets.length - 1) fill();
  }
  connection.commit();
  return outcomes;
}

function eachForItself(connection: Connection, sets: readonly (readonly Statement[])[]): Outcome[] {
  connection.begin();
  const outcomes = sets.map((set) => {
    connection.script('SAVEPOINT one_set');
    const outcome = applySet(connection, set);
    connection.script(isRefusal(outcome) ? 'ROLLBACK TO one_set; RELEASE one_set' : 'RELEASE one_set');
    return outcome;
  });
  connection.commit();
  return outcomes;
}

function applySet(connection: Connection, statements: readonly Statement[]): Outcome {
  const results: StatementResult[] = [];
  for (let index = 0; index < statements.length; index++) {
    const { sql, values, expectedRows } = statements[index] as Statement;
    try {
      const result = connection.execute(sql, values);
      if (expectedRows !== undefined && result.changes !== expectedRows) {
        return { refused: 'conflict', problem: '', statement: index, rows: result.changes };
      }
      results.push(result);
    } catch (error) {
      if (!connection.inTransaction) throw error;
      return { ...refusalOf(error), statement: index };
    }
  }
  return results;
}
