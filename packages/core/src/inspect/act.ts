import type { StandardSchemaV1 } from '@standard-schema/spec';
import { coreError } from '../errors/core-errors.ts';
import { TuttiError } from '../errors/tutti-error.ts';
import type { AuditRecord, AuditSink } from '../ports/audit-sink.ts';
import type { ActionInput, InspectableAction } from '../ports/inspectable.ts';
import { newId } from '../runtime/id.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { InspectionGrant } from './access.ts';
import { inspectError } from './inspect-errors.ts';

/** How an action ended. */
export interface ActionReport {
  readonly actionId: string;
  readonly result: Readonly<Record<string, unknown>>;
  /** False when it was done but the record of that could not be kept; that it was begun is recorded. */
  readonly audited: boolean;
}

/** An action that was begun and failed, with the id under which it is recorded. */
export interface ActionFailure {
  readonly actionId: string;
  readonly error: unknown;
}

export interface ActOptions {
  readonly feature: string;
  readonly action: InspectableAction;
  readonly input: ActionInput;
  readonly audit: AuditSink;
  readonly runtime: Runtime;
}

/**
 * Runs an action between two records: that it was begun, without which it is not, and how it ended.
 * @throws INSPECT_NOT_AUDITED when it was not begun.
 */
export async function act({ feature, action, input, audit, runtime }: ActOptions): Promise<ActionReport | ActionFailure> {
  const { actor, reason, target, details } = input;
  const actionId = newId(runtime);
  const name = `${feature}.${action.name}`;
  const record = { actor, action: name, target, reason, actionId };
  const asked = details === undefined ? {} : { details };
  try {
    await audit.record({ ...record, outcome: 'begun', details: asked });
  } catch (cause) {
    throw inspectError('INSPECT_NOT_AUDITED', { action: name }, { cause });
  }
  const ended = async (outcome: Pick<AuditRecord, 'outcome' | 'details'>): Promise<boolean> => {
    try {
      await audit.record({ ...record, ...outcome });
      return true;
    } catch (error) {
      runtime.logger.log('error', 'an action has ended and that could not be recorded', { ...record, ...outcome, error });
      return false;
    }
  };
  try {
    const result = await action.run(input);
    return { actionId, result, audited: await ended({ outcome: 'done', details: asked }) };
  } catch (error) {
    const code = TuttiError.is(error) ? error.code : 'INTERNAL';
    await ended({ outcome: 'failed', details: { ...asked, code } });
    return { actionId, error };
  }
}

const members = ['target', 'reason', 'actor', 'details'];

/**
 * What a body asks for, checked before anything is done.
 * @throws INVALID_ARGUMENT with the path of what is wrong.
 */
export async function actionInput(
  body: Readonly<Record<string, unknown>>,
  { details: schema }: InspectableAction,
  { actor: known }: InspectionGrant,
): Promise<ActionInput> {
  const unknown = Object.keys(body).find((member) => !members.includes(member));
  if (unknown !== undefined) throw wrong(unknown.slice(0, 40), `is not part of an action; known are ${members.join(', ')}`);
  const target = words(body['target'], 'target', 500);
  const reason = words(body['reason'], 'reason', 1_000);
  const actor = known ?? words(body['actor'], 'actor', 200);
  if (known !== undefined && body['actor'] !== undefined && body['actor'] !== known)
    throw wrong('actor', `must be ${known}, or be left out`);
  const details = await checkedDetails(schema, body['details']);
  return { actor, reason, target, ...(details !== undefined && { details }) };
}

function words(value: unknown, path: string, longest: number): string {
  if (typeof value === 'string' && value.trim() !== '' && value.length <= longest) return value;
  throw wrong(path, `must be a text of 1 to ${longest} characters`);
}

async function checkedDetails(schema: StandardSchemaV1 | undefined, value: unknown): Promise<unknown> {
  if (!schema) {
    if (value === undefined) return undefined;
    throw wrong('details', 'must be left out; this action takes none');
  }
  const result = await schema['~standard'].validate(value);
  if (!result.issues) return result.value;
  const [issue] = result.issues;
  const steps = (issue?.path ?? []).map((step) => String(typeof step === 'object' ? step.key : step));
  throw wrong(['details', ...steps].join('.'), issue?.message ?? 'is not valid');
}

function wrong(path: string, problem: string): Error {
  return coreError('INVALID_ARGUMENT', { path, problem });
}
