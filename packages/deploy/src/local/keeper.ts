// A process of its own that outlives its manager by a few seconds: it is told of every process group the manager
// starts, and when the manager is gone (its pipe ends, however it died) it ends what is left of them.
import { createInterface } from 'node:readline';
import { realClock, sleep } from '@tutti/core';
import { isAlive, type ProcessIdentity, signalGroup } from './process-identity.ts';

const graceMs = 3_000;
const groups = new Map<number, ProcessIdentity>();

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, pid, startedAt = ''] = line.split(' ');
  if (verb === '+') groups.set(Number(pid), { pid: Number(pid), startedAt });
  else groups.delete(Number(pid));
}

const orphans = [...groups.values()].filter(isAlive);
for (const { pid } of orphans) signalGroup(pid, 'SIGTERM');
const endsAt = realClock.now() + graceMs;
while (realClock.now() < endsAt && orphans.some(({ pid }) => signalGroup(pid, 0))) await sleep(realClock, 50);
for (const { pid } of orphans) signalGroup(pid, 'SIGKILL');
