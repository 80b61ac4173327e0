import { isSource, lineOf, type TextFile } from './text-file.ts';

/** Time, chance, environment and output come from the Runtime, so that everything can run on a virtual clock from a seed. */
const forbidden =
  /\b(Date\.now|Math\.random|process\.env|console\.\w+|performance\.now|set(?:Timeout|Interval|Immediate))\b|\bnew Date\(\)/g;

/** Where the outside world begins: the runtime itself, test helpers that talk to real processes, and the programs. */
const allowed = /^packages\/core\/src\/(runtime|testing)\/|^packages\/[^/]+\/src\/(testing\/|cli\/main\.ts$)/;

export function outsideWorldProblems(files: readonly TextFile[]): readonly string[] {
  return files
    .filter(({ path }) => isSource(path) && !allowed.test(path))
    .flatMap(({ path, text }) => {
      const code = withoutComments(text);
      return [...code.matchAll(forbidden)].map(
        (found) => `${path}:${lineOf(code, found.index)} uses ${found[0]}; take it from the Runtime`,
      );
    });
}

/** Comments may name what code may not use; line numbers stay. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' ')).replace(/(^|\s)\/\/[^\n]*/g, '$1');
}
