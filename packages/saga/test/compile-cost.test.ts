import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/** Counted with the TypeScript of this repository, and kept in a file so that a change of it is seen. */
const { instantiationsForSixtySteps: writtenDown } = JSON.parse(readFileSync(join(import.meta.dirname, 'compile-cost.json'), 'utf8')) as {
  readonly instantiationsForSixtySteps: number;
};
const house = resolve(import.meta.dirname, '../../..');
const virtual = join(import.meta.dirname, 'virtual-saga.ts');

const step = (index: number, before: string): string =>
  `.step('s${index}', { run: async ({ input, results }) => ({ n${index}: input.n${before} }), compensate: ({ result }) => void result?.n${index} })`;

/** A saga of so many steps, each of which uses the result of the one before. */
function sagaOf(steps: number): string {
  const chain = Array.from({ length: steps }, (_, index) => step(index, index === 0 ? '' : ` + results.s${index - 1}.n${index - 1}`));
  return [
    "import { defineEvents } from '@tutti/core';",
    "import { z } from 'zod';",
    "import { defineSaga } from '../src/definition/define-saga.ts';",
    "export const saga = defineSaga(defineEvents({}), 'long', { input: z.object({ n: z.number() }) })",
    ...chain.map((line) => `  ${line}`),
    `  .returns(({ results }) => ${steps === 0 ? '0' : `results.s0.n0 + results.s${steps - 1}.n${steps - 1}`});`,
  ].join('\n');
}

const config = ts.getParsedCommandLineOfConfigFile(
  join(house, 'tsconfig.json'),
  {},
  { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} },
);
const options: ts.CompilerOptions = { ...config?.options, isolatedDeclarations: false, declaration: false, noUnusedParameters: false };
const host = ts.createCompilerHost(options);
const parsed = new Map<string, ts.SourceFile | undefined>();

/** Compiles one source beside this test and counts what the checker had to instantiate for it. */
function compile(source: string): { readonly instantiations: number; readonly problems: readonly string[] } {
  const program = ts.createProgram([virtual], options, {
    ...host,
    fileExists: (path) => path === virtual || host.fileExists(path),
    readFile: (path) => (path === virtual ? source : host.readFile(path)),
    getSourceFile(path, target) {
      if (path === virtual) return ts.createSourceFile(path, source, target);
      if (!parsed.has(path)) parsed.set(path, host.getSourceFile(path, target));
      return parsed.get(path);
    },
  });
  const file = program.getSourceFile(virtual);
  const problems = program.getSemanticDiagnostics(file).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  return { instantiations: program.getInstantiationCount(), problems };
}

describe('a long saga', () => {
  it('of sixty steps costs the compiler what is written down, within a tenth', () => {
    const one = compile(sagaOf(1));
    const sixty = compile(sagaOf(60));
    expect([...one.problems, ...sixty.problems]).toEqual([]);
    const cost = sixty.instantiations - one.instantiations;
    expect(Math.abs(cost - writtenDown) / writtenDown, `it costs ${cost} instantiations, ${writtenDown} are written down`).toBeLessThan(
      0.1,
    );
  }, 60_000);

  it('is looked at to its end (control)', () => {
    expect(compile(sagaOf(3).replace('results.s2.n2', 'results.s2.n3')).problems).toEqual([expect.stringContaining("'n3' does not exist")]);
  }, 60_000);
});
