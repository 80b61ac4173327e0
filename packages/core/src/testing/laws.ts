import { TuttiError } from '../errors/tutti-error.ts';

/**
 * One numbered promise of a contract, as a scenario that any adapter must pass. It throws (node:assert) when broken.
 * `requires` names a capability without which the law does not apply.
 */
export interface Law<S, C = Readonly<Record<string, boolean>>> {
  readonly id: string;
  readonly title: string;
  readonly requires?: keyof C & string;
  run(subject: S): Promise<void>;
}

/** Makes a fresh subject for each law; `dispose` is called afterwards, whatever happened. */
export type MakeSubject<S> = () => Promise<S & LawSubject> | (S & LawSubject);

export interface LawSubject {
  readonly capabilities?: Readonly<Record<string, boolean>>;
  dispose?(): Promise<void> | void;
}

/** The part of a test runner that laws need: vitest, node:test, jest and mocha all have it. */
export type TestFunction = (title: string, run: () => Promise<void>) => unknown;

/**
 * Registers one test a law. A law that needs a missing capability is registered too, under a title that says why it
 * does not apply, so that no suite shrinks in silence.
 *
 * @param capabilities What the adapter says it can, when laws depend on it.
 */
export function checkLaws<S, C extends Readonly<Record<string, boolean>>>(
  test: TestFunction,
  laws: readonly Law<S, C>[],
  make: MakeSubject<S>,
  capabilities?: C,
): void {
  for (const law of laws) {
    if (law.requires && capabilities && !capabilities[law.requires]) {
      test(`${law.id} does not apply: needs \`${law.requires}\` (${law.title})`, async () => {});
      continue;
    }
    test(`${law.id} ${law.title}`, async () => {
      const subject = await make();
      try {
        await law.run(subject);
      } finally {
        await subject.dispose?.();
      }
    });
  }
}

/** For `assert.rejects` and `assert.throws`: the error is one of the kit with this code. */
export function withCode(code: string): (error: unknown) => boolean {
  return (error) => {
    if (TuttiError.is(error, code)) return true;
    throw error;
  };
}
