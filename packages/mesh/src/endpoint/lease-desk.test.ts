import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { defaultRuntime, type EndpointLease, type LogFields, Places, realClock, stallWatch } from '@tutti/core';
import { eventually } from '@tutti/core/testing';
import { expect, it } from 'vitest';
import { fakeConnections } from '../../test/fake-connections.ts';
import { endpoint } from '../../test/fake-registry.ts';
import { OutcomeLedger } from '../outcomes/outcome-ledger.ts';
import { noUnit } from '../outcomes/outcome-recorder.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import { EndpointRecord } from './endpoint-record.ts';
import { LeaseDesk } from './lease-desk.ts';
import { LeaseOutcomes } from './lease-outcomes.ts';
import { type LeaseContext, MeshLease } from './mesh-lease.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

it('takes back a lease that was dropped without done(), and says so; one that is held stays out', async () => {
  const warnings: LogFields[] = [];
  const logger = { enabled: () => true, log: (_level: string, _message: string, fields: LogFields = {}) => warnings.push(fields) };
  const desk = new LeaseDesk({ clock: realClock, logger }, 10);
  const places = new Places('test', 100, 0);
  const stalls = stallWatch(realClock);
  const outcomes = new LeaseOutcomes(new OutcomeLedger('test', defaultRuntime), defaultRuntime);
  const context: LeaseContext = { clock: realClock, stalls, outcomes, places };
  const record = new EndpointRecord(endpoint({ serviceName: 'voice', port: 1, instanceId: 'a' }), compilePolicy({}).endpoint, 0, {
    clock: realClock,
    connect: fakeConnections().connect,
    changed: () => {},
    failing: () => {},
  });
  const give = (): EndpointLease => {
    places.tryEnter();
    return desk.give(new MeshLease(record, record.take(0), context, 0, undefined, noUnit, undefined));
  };
  const held = give();
  for (let lost = 0; lost < 5; lost++) give();
  for (let lost = 0; lost < 5; lost++) give().answered?.(1);
  const ended = give();
  ended.done({ kind: 'success', latencyMs: 1 });
  expect(record.inFlight).toBe(11);
  await eventually('the lost leases are back', () => {
    collectGarbage();
    return record.inFlight === 1;
  });
  expect(warnings).toHaveLength(10);
  expect(warnings[0]).toEqual({ serviceName: 'voice', instanceId: 'a' });
  held.done({ kind: 'success', latencyMs: 1 });
  expect([record.inFlight, places.taken]).toEqual([0, 0]);
});
