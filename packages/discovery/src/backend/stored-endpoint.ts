import { coreError, type Endpoint, finiteNumber, listOf, oneOf, type Rule, shown, text, wholeNumber } from '@tutti/core';
import { stringRecord } from '../query/string-record.ts';
import { endpointState } from './endpoint-state.ts';
import { hostRule, instanceIdRule } from './names.ts';

/** The members of a record; a question mark says which may be missing. What else a record has, a later version may have written: it is left alone. */
const members: Readonly<Record<keyof Omit<Endpoint, 'serviceName' | 'suspect'>, Rule>> = {
  instanceId: instanceIdRule,
  incarnation: text,
  host: hostRule,
  port: wholeNumber({ min: 1, max: 65_535 }),
  version: text,
  zone: text,
  weight: finiteNumber({ min: 0 }),
  tags: listOf(text),
  metadata: stringRecord,
  tenant: text,
  state: endpointState,
};
const mayBeMissing: ReadonlySet<string> = new Set(['version', 'zone', 'tenant']);

/** Every process that follows a service holds its records, and every change of one goes to all of them. */
export const maxRecordLength = 65_536;

/** An endpoint as registries keep it: JSON that {@link readEndpoint} reads. */
export function storeEndpoint(endpoint: Endpoint): string {
  const { serviceName, instanceId, incarnation, host, port, version, zone, weight, tags, metadata, tenant, state } = endpoint;
  return JSON.stringify({ serviceName, instanceId, incarnation, host, port, version, zone, weight, tags, metadata, tenant, state });
}

/**
 * The endpoint that a record of a service holds, frozen to the bottom. Members that it does not know are dropped.
 * @throws INVALID_DATA naming the path, from `endpoint` on, of the first thing that is wrong.
 */
export function readEndpoint(serviceName: string, record: string): Endpoint {
  if (record.length > maxRecordLength) throw wrong('endpoint', `must have at most ${maxRecordLength} characters, got ${record.length}`);
  const parsed = parse(record);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw wrong('endpoint', `must be an object, got ${shown(parsed)}`);
  const fields = parsed as Readonly<Record<string, unknown>>;
  const problem = oneOf(serviceName)(fields['serviceName']);
  if (problem) throw wrong('endpoint.serviceName', problem);
  const kept: Record<string, unknown> = { serviceName };
  for (const [member, rule] of Object.entries(members)) {
    const value = Object.hasOwn(fields, member) ? fields[member] : undefined;
    if (value === undefined && mayBeMissing.has(member)) continue;
    checkMember(member, value, rule);
    kept[member] = typeof value === 'object' ? Object.freeze(value) : value;
  }
  return Object.freeze(kept as unknown as Endpoint);
}

function checkMember(member: string, value: unknown, rule: Rule): void {
  const problem = value === undefined ? 'is missing' : rule(value);
  if (problem === undefined) return;
  const item = /^\[\d+\]/.exec(problem)?.[0] ?? '';
  throw wrong(`endpoint.${member}${item}`, problem.slice(item.length).trimStart());
}

function parse(record: string): unknown {
  try {
    return JSON.parse(record);
  } catch (cause) {
    throw wrong('endpoint', 'must be JSON', cause);
  }
}

function wrong(path: string, problem: string, cause?: unknown): Error {
  return coreError('INVALID_DATA', { path, problem }, cause === undefined ? undefined : { cause });
}
