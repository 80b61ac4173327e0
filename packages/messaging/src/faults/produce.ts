import { defaultRuntime, type Runtime, silentLogger, sleep } from '@tutti/core';
import { MemberLog } from '@tutti/core/testing';
import { EventBus } from '../bus/event-bus.ts';
import type { EventTransport } from '../transport/event-transport.ts';
import { linesOf } from './member-lines.ts';
import type { MemberParts } from './member-module.ts';
import { idOf, trialEvents } from './messages.ts';
import type { MemberTask } from './task.ts';

const runtime: Runtime = { ...defaultRuntime, logger: silentLogger };

/**
 * Publishes the messages of its keys, the next of a key only when the one before it was acknowledged. What was not acknowledged, in this life or an earlier one, is
 * published again under the same id.
 */
export async function produce(task: MemberTask, { transport }: MemberParts): Promise<void> {
  const log = new MemberLog(task.folder, `producer-${task.index}`);
  const acked = new Set<string>();
  for (const [what, id = ''] of linesOf(task.folder, 'producer')) if (what === 'acked') acked.add(id);
  const bus = new EventBus({
    events: trialEvents,
    transport: task.sabotage === 'confirm' ? unconfirmed(transport, task.paceMs) : transport,
    runtime,
  });
  await started(bus);
  const keys = Array.from({ length: task.keys }, (_, key) => key).filter((key) => key % task.producers === task.index);
  const perKey = Math.ceil(task.messages / task.keys);
  for (let number = 0; number < perKey; number++) {
    const waiting = new Map(keys.map((key) => [idOf(key, number), key]));
    for (const id of waiting.keys()) if (acked.has(id)) waiting.delete(id);
    while (waiting.size > 0) {
      const outcomes = await Promise.allSettled(
        Array.from(waiting, ([id, key]) => bus.publish({ type: 'trial.sent', source: 'trial', id, data: { key: `k${key}`, number } })),
      );
      const lines = Array.from(waiting.keys(), (id, index) => `${outcomes[index]?.status === 'fulfilled' ? 'acked' : 'unknown'} ${id}`);
      log.writeForGood(...lines);
      for (const line of lines) if (line.startsWith('acked ')) waiting.delete(line.slice('acked '.length));
      await sleep(runtime.clock, waiting.size > 0 ? 100 : task.paceMs);
    }
  }
  if (task.sabotage === 'confirm') await sleep(runtime.clock, task.paceMs + 1_000); // only faults may lose what is not stored yet
  await bus.stop();
  log.close();
}

/** The store may be away while a member begins. */
export async function started(bus: EventBus<typeof trialEvents>): Promise<void> {
  for (;;) {
    try {
      return await bus.start();
    } catch {
      await sleep(runtime.clock, 200);
    }
  }
}

/** The control: says that it is stored a while before it is. */
function unconfirmed(transport: EventTransport, lateMs: number): EventTransport {
  return {
    ...transport,
    async append(batch) {
      void sleep(runtime.clock, lateMs)
        .then(() => transport.append(batch))
        .catch(() => undefined);
      return batch.map(() => false);
    },
  };
}
