/** What a statement leaves behind: rows it changed, rows it gives, both (RETURNING), or nothing that counts (DDL, PRAGMA). */
export type Yield = 'changes' | 'rows' | 'both' | 'nothing';

const ofTheEngine = new Set(['BEGIN', 'COMMIT', 'END', 'ROLLBACK', 'SAVEPOINT', 'RELEASE', 'ATTACH', 'DETACH', 'VACUUM']);
const changing = new Set(['INSERT', 'REPLACE', 'UPDATE', 'DELETE', 'WITH']);

/** The first word in capitals, comments skipped. */
function firstWord(sql: string): string {
  return /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*([a-z]+)/i.exec(sql)?.[1]?.toUpperCase() ?? '';
}

/** The driver does not tell, and SQLite's own count of changes is left as it was by statements that change none. */
export function yieldOf(sql: string, columns: number): Yield {
  if (columns > 0) return /\breturning\b/i.test(sql) ? 'both' : 'rows';
  return changing.has(firstWord(sql)) ? 'changes' : 'nothing';
}

/** Whether the columns of the rows are named in the text, so that no change of the tables renames them: there is no `*` but in `count(*)`. */
export function namesAreInText(sql: string): boolean {
  return !/\*(?!\s*\))/.test(sql);
}

/** Why a text may not be a statement of a set; undefined when it may. `prepared` is the part that SQLite would run. */
export function textProblem(sql: string, prepared: string): string | undefined {
  const word = firstWord(sql);
  if (ofTheEngine.has(word)) return `begins with ${word}, which is the engine's own business`;
  if (/^[\s;]*$/.test(sql.slice(prepared.length))) return undefined;
  return 'holds more than one statement, of which only the first would run';
}
