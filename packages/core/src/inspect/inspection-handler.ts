import { coreError } from '../errors/core-errors.ts';
import type { Handler } from '../handler/handler.ts';
import { checkOptions, type OptionRules } from '../options/check-options.ts';
import { callable, listOf, objectWith, type Rule, text, wholeNumber } from '../options/rules.ts';
import type { AuditSink } from '../ports/audit-sink.ts';
import type { Inspectable, PageRequest } from '../ports/inspectable.ts';
import type { Secret } from '../ports/secret.ts';
import { defaultRuntime, type Runtime } from '../runtime/runtime.ts';
import { type Authorize, byToken, granted, type InspectionGrant, lookOnly } from './access.ts';
import { act, actionInput } from './act.ts';
import { checkOrigin } from './check-origin.ts';
import { inspectError } from './inspect-errors.ts';
import { checkNames, inspectionIndex, inspectionRoot } from './inspection-index.ts';
import { type InspectionRequest, type InspectionResponse, jsonResponse } from './inspection-message.ts';
import { problemResponse } from './problem.ts';
import { readJson } from './read-json.ts';

export interface InspectionOptions {
  /** What can be looked at and acted on, each feature once. */
  readonly inspectables: readonly Inspectable[];
  /** Keeps a record of every action before it is begun and of how it ended. */
  readonly audit: AuditSink;
  /** Whoever has it may look and act. At least 16 characters. Without it and `authorize`: everybody may look, nobody act. */
  readonly token?: string | Secret;
  /** Decides instead of a token, for hosts that know their people. */
  readonly authorize?: Authorize;
  /** Names under which the server is reached, beside addresses and `localhost`. @defaultValue [] */
  readonly hosts?: readonly string[];
  /** Of the body of an action. @defaultValue 65536 */
  readonly maxBodyBytes?: number;
  readonly runtime?: Runtime;
}

export const inspectionDefaults = { hosts: [], maxBodyBytes: 65_536 } as const;

/** Pages of an inspection: how long they are when nobody says, and at most. */
export const inspectionPages = { defaultLimit: 100, maxLimit: 1_000 } as const;

/** Never shows what it was given. */
const token: Rule = (value) => {
  if (typeof value === 'object' && value !== null && 'reveal' in value) return undefined;
  return typeof value === 'string' && value.length >= 16 ? undefined : 'must be a Secret or a text of at least 16 characters';
};

export const inspectionRules: OptionRules<InspectionOptions> = {
  required: {
    inspectables: listOf(objectWith('an Inspectable', 'feature', 'resources', 'actions')),
    audit: objectWith('an AuditSink', 'record'),
  },
  optional: {
    token,
    authorize: callable,
    hosts: listOf(text),
    maxBodyBytes: wholeNumber({ min: 1 }),
    runtime: objectWith('a Runtime', 'clock', 'logger', 'random'),
  },
};

/**
 * The inspection API over any set of inspectables, as a handler that no transport is tied to; it knows no feature by name. It
 * never rejects: every failure is a problem of RFC 9457. All answers are `no-store`, and requests from pages of other sites are refused.
 *
 * - `GET /inspect/v1`: what there is
 * - `GET /inspect/v1/:feature/:resource?limit&after`: one page of it
 * - `POST /inspect/v1/:feature/actions/:action` with `{ target, reason, actor, details }`: does something, audited
 */
export function inspectionHandler(options: InspectionOptions): Handler<InspectionRequest, InspectionResponse> {
  return handlerOf('inspectionHandler', options);
}

/** @param path Names the options in errors. */
export function handlerOf(path: string, options: InspectionOptions): Handler<InspectionRequest, InspectionResponse> {
  const checked = checkOptions(path, options, inspectionRules, inspectionDefaults);
  const { inspectables, audit, maxBodyBytes, runtime = defaultRuntime } = checked;
  if (checked.token !== undefined && checked.authorize) {
    throw coreError('INVALID_OPTIONS', { path: `${path}.token`, problem: 'must be left out where authorize decides' });
  }
  checkNames(`${path}.inspectables`, inspectables);
  const authorize = checked.authorize ?? (checked.token === undefined ? lookOnly : byToken(checked.token));
  const hosts = new Set(checked.hosts.map((host) => host.toLowerCase()));

  return async (request) => {
    try {
      checkOrigin(request, hosts);
      const grant = await granted(authorize, request);
      const response = await route(request, grant, { inspectables, audit, maxBodyBytes, runtime });
      return request.method === 'HEAD' ? { ...response, body: '' } : response;
    } catch (error) {
      const problem = problemResponse(error, 500);
      if (problem.status === 500) runtime.logger.log('error', 'the inspection API could not answer', { path: request.path, error });
      return request.method === 'HEAD' ? { ...problem, body: '' } : problem;
    }
  };
}

type Served = Pick<Required<InspectionOptions>, 'inspectables' | 'audit' | 'maxBodyBytes' | 'runtime'>;

async function route(request: InspectionRequest, grant: InspectionGrant, served: Served): Promise<InspectionResponse> {
  const [path = '', query = ''] = request.path.split('?', 2);
  const [feature, ...rest] = segmentsOf(path);
  if (feature === undefined) {
    mustBe(request, ['GET', 'HEAD']);
    return jsonResponse(200, inspectionIndex(served.inspectables));
  }
  const inspectable = served.inspectables.find((each) => each.feature === feature);
  if (!inspectable || rest.length === 0 || rest.length > 2) throw unknown(inspectable ? 'such place' : `feature ${feature}`);
  const [name = '', actionName] = rest;
  if (actionName !== undefined) {
    if (name !== 'actions') throw unknown('such place');
    return runAction(request, inspectable, actionName, grant, served);
  }
  return listResource(request, inspectable, name, new URLSearchParams(query));
}

async function listResource(
  request: InspectionRequest,
  inspectable: Inspectable,
  name: string,
  query: URLSearchParams,
): Promise<InspectionResponse> {
  const resource = inspectable.resources().find((each) => each.name === name);
  if (!resource) throw unknown(`resource ${name} of ${inspectable.feature}`);
  mustBe(request, ['GET', 'HEAD']);
  return jsonResponse(200, await resource.list(pageOf(query)));
}

async function runAction(
  request: InspectionRequest,
  inspectable: Inspectable,
  name: string,
  grant: InspectionGrant,
  { audit, maxBodyBytes, runtime }: Served,
): Promise<InspectionResponse> {
  const { feature } = inspectable;
  const action = inspectable.actions().find((each) => each.name === name);
  if (!action) throw unknown(`action ${name} of ${feature}`);
  mustBe(request, ['POST']);
  if (!grant.act) throw inspectError('INSPECT_FORBIDDEN', { problem: 'looking is allowed here, acting is not' });
  const input = await actionInput(await readJson(request, maxBodyBytes), action, grant);
  const outcome = await act({ feature, action, input, audit, runtime });
  if (!('error' in outcome)) return jsonResponse(200, outcome);
  const problem = problemResponse(outcome.error, 422, { actionId: outcome.actionId });
  if (problem.status === 500)
    runtime.logger.log('error', `${feature}.${name} failed`, { actionId: outcome.actionId, error: outcome.error });
  return problem;
}

/** The decoded parts of a path below the root. */
function segmentsOf(path: string): readonly string[] {
  if (path !== inspectionRoot && !path.startsWith(`${inspectionRoot}/`)) throw unknown('such place');
  try {
    return path
      .slice(inspectionRoot.length)
      .split('/')
      .slice(1)
      .map(decodeURIComponent)
      .filter((part, index, all) => part !== '' || index < all.length - 1);
  } catch {
    throw inspectError('INSPECT_BAD_REQUEST', { problem: 'its path is not well encoded' });
  }
}

/** @throws INVALID_ARGUMENT for a limit out of bounds or a parameter that does not exist. */
function pageOf(query: URLSearchParams): PageRequest {
  const { defaultLimit, maxLimit } = inspectionPages;
  for (const key of query.keys()) {
    if (key !== 'limit' && key !== 'after')
      throw coreError('INVALID_ARGUMENT', { path: key.slice(0, 40), problem: 'is not a parameter; known are limit, after' });
  }
  const limit = query.get('limit') ?? String(defaultLimit);
  const after = query.get('after');
  if (!/^\d{1,5}$/.test(limit) || Number(limit) < 1 || Number(limit) > maxLimit) {
    throw coreError('INVALID_ARGUMENT', { path: 'limit', problem: `must be a whole number from 1 to ${maxLimit}` });
  }
  return { limit: Number(limit), ...(after !== null && { after }) };
}

/** @throws INSPECT_METHOD_NOT_ALLOWED */
function mustBe({ method }: InspectionRequest, allow: readonly string[]): void {
  if (!allow.includes(method)) throw inspectError('INSPECT_METHOD_NOT_ALLOWED', { method, allow });
}

function unknown(what: string): Error {
  return inspectError('INSPECT_UNKNOWN', { what });
}
