import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type LogFields, realClock } from '@tutti/core';
import { eventually } from '@tutti/core/testing';
import { expect, it } from 'vitest';
import { fakeConnections } from '../test/fake-connections.ts';
import { endpoint } from '../test/fake-registry.ts';
import { coolDownFrom, EndpointRecord } from './endpoint-record.ts';
import { LeaseDesk } from './mesh-lease.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

it('takes back a lease that was dropped without done(), and says so; one that is held stays out', async () => {
  const warnings: LogFields[] = [];
  const desk = new LeaseDesk({ enabled: () => true, log: (_level, _message, fields = {}) => warnings.push(fields) });
  const record = new EndpointRecord(endpoint({ serviceName: 'voice', port: 1, instanceId: 'a' }), {
    clock: realClock,
    connect: fakeConnections().connect,
    coolDown: coolDownFrom(1),
  });
  const held = desk.give(record);
  for (let lost = 0; lost < 10; lost++) desk.give(record);
  const ended = desk.give(record);
  ended.done({ kind: 'success', latencyMs: 1 });
  expect(record.inFlight).toBe(11);
  await eventually('the lost leases are back', () => {
    collectGarbage();
    return record.inFlight === 1;
  });
  expect(warnings).toHaveLength(10);
  expect(warnings[0]).toEqual({ serviceName: 'voice', instanceId: 'a' });
  held.done({ kind: 'success', latencyMs: 1 });
  expect(record.inFlight).toBe(0);
});
