import { callable, checkOptions, coreError, objectWith, oneOf, type Rule, wholeNumber } from '@tutti/core';
import type { StepNode, StepRetry, StepRole } from './node.ts';
import { retriableDefaults, stepDefaults, undoDefaults } from './step-defaults.ts';
import type { AttemptOptions, UndoOptions } from './step-options.ts';
import { someTime, wholeMs } from './time-rules.ts';

/** The options of any kind of step, without their types. */
export interface AnyStepOptions extends AttemptOptions, UndoOptions {
  readonly kind?: 'retriable';
  readonly run: unknown;
  readonly compensate?: unknown;
  readonly intent?: false;
  readonly tx?: true;
}

const never =
  (why: string): Rule =>
  () =>
    why;

const patience = objectWith('a StepRetry', 'maxAttempts', 'backoff');
const attempts = { retry: patience, timeout: someTime, totalTimeout: someTime };
const undo = { compensate: callable, undoRetry: patience, undoTimeout: someTime };

function noUndo(why: string): Readonly<Record<keyof typeof undo, Rule>> {
  return { compensate: never(why), undoRetry: never(why), undoTimeout: never(why) };
}

const rules = {
  compensatable: {
    required: { run: callable },
    optional: { ...attempts, ...undo, kind: never("can be 'retriable' only after the pivot"), intent: oneOf(false) },
  },
  pivot: {
    required: { run: callable },
    optional: { ...attempts, ...noUndo('cannot be: a pivot that is done is never undone'), tx: oneOf(true) },
  },
  retriable: {
    required: { run: callable, kind: oneOf('retriable') },
    optional: { ...attempts, ...noUndo('cannot be: after the pivot nothing is undone'), intent: oneOf(false) },
  },
};

/** A step as the engine reads it. @throws INVALID_OPTIONS with the path of what is wrong */
export function checkStep(path: string, name: string, given: AnyStepOptions, { role, tx }: { role: StepRole; tx: boolean }): StepNode {
  const fail = (option: string, problem: string): never => {
    throw coreError('INVALID_OPTIONS', { path: `${path}.${option}`, problem });
  };
  if (role === 'retriable' && given?.kind === undefined) fail('kind', "must be 'retriable': after the pivot nothing is undone");
  const options: AnyStepOptions = checkOptions(path, given, rules[role]);
  const { run, compensate, undoRetry, undoTimeout, totalTimeout } = options;
  if (tx && options.intent === false) fail('intent', 'is not an option of a tx: it never has one');
  if (compensate && options.intent === false)
    fail('compensate', 'needs an intent: without one nobody knows that there is something to undo');
  if (!compensate && undoRetry) fail('undoRetry', 'needs a compensate');
  if (!compensate && undoTimeout) fail('undoTimeout', 'needs a compensate');
  const defaults = role === 'retriable' ? retriableDefaults : stepDefaults;
  return Object.freeze({
    kind: 'step',
    name,
    role,
    tx,
    intent: !tx && options.intent !== false,
    run: run as StepNode['run'],
    ...(compensate !== undefined && { compensate: compensate as NonNullable<StepNode['compensate']> }),
    retry: checkRetry(`${path}.retry`, options.retry ?? defaults.retry),
    timeoutMs: wholeMs(options.timeout ?? defaults.timeout),
    ...(totalTimeout !== undefined && { totalTimeoutMs: wholeMs(totalTimeout) }),
    undoRetry: checkRetry(`${path}.undoRetry`, undoRetry ?? undoDefaults.retry),
    undoTimeoutMs: wholeMs(undoTimeout ?? undoDefaults.timeout),
  });
}

function checkRetry(path: string, retry: StepRetry): StepRetry {
  return checkOptions(path, retry, { required: { maxAttempts: wholeNumber({ min: 1 }), backoff: objectWith('a Backoff', 'delayMs') } });
}
