import { join } from 'node:path';
import {
  type Call,
  type CloudEvent,
  defaultRuntime,
  exponential,
  type Runtime,
  type Statement,
  seededRandom,
  silentLogger,
  sleep,
} from '@tutti/core';
import { sqliteDatabase } from '@tutti/core/sqlite';
import { MemberLog } from '@tutti/core/testing';
import { sqliteInbox } from '../adapters/sqlite.ts';
import { EventBus } from '../bus/event-bus.ts';
import type { EventDelivery } from '../bus/event-delivery.ts';
import { counting } from './counting.ts';
import { ledgerFile, ledgerTables } from './history.ts';
import type { MemberParts } from './member-module.ts';
import { fateOf, type TrialMessage, trialEvents, trialGroup } from './messages.ts';
import { started } from './produce.ts';
import type { MemberTask } from './task.ts';

const runtime: Runtime = { ...defaultRuntime, logger: silentLogger };
const backoff = exponential({ initial: '20ms', max: '100ms' });

/** Handles until it is told to stop: each effect is a row of the ledger, written with the memory that the event was handled. */
export async function consume(task: MemberTask, { transport }: MemberParts): Promise<void> {
  const log = new MemberLog(task.folder, `consumer-${task.index}-${process.pid}`);
  const random = seededRandom(task.seed + process.pid);
  const ledger = sqliteDatabase({ path: join(task.folder, ledgerFile), runtime });
  await ledger.start();
  await ledger.migrate('trial', ledgerTables);
  const inbox = sqliteInbox({ database: ledger });
  const guarded = task.sabotage !== 'inbox';
  const bus = new EventBus({
    events: trialEvents,
    transport: counting(transport, log, task.sabotage === 'fence'),
    runtime,
    ...(guarded && { inbox }),
  });
  const now = (): number => Math.round(runtime.clock.epoch());

  const handle = async ({ id, data }: CloudEvent<string, TrialMessage>, call: Call, delivery: EventDelivery): Promise<void> => {
    log.write(`taken ${id} ${now()} ${call.attempt}`);
    call.onCancel(() => log.write(`aborted ${id} ${now()}`));
    await sleep(runtime.clock, random() * 20);
    const fate = fateOf(id, task.seed);
    if (fate === 'always' || (fate === 'once' && call.attempt === 1)) {
      log.write(`failed ${id} ${now()}`);
      throw new Error(`fails ${fate}`);
    }
    const effect: Statement = {
      sql: 'INSERT INTO effects (subscription, id, key, number) VALUES (?, ?, ?, ?)',
      values: [trialGroup, id, data.key, data.number],
    };
    if (guarded) {
      try {
        await delivery.commit([effect]);
      } catch (error) {
        if ((error as { code?: string }).code === 'MESSAGING_ALREADY_HANDLED') log.write(`refused ${id} ${now()}`);
        throw error;
      }
    } else {
      await ledger.write({ name: 'trial.effect', statements: [effect] });
      await sleep(runtime.clock, 100); // the moment between an effect and its acknowledgement, large enough to be met
    }
    log.write(`done ${id} ${now()}`);
  };
  const { concurrency, lease } = task;
  bus.subscribe('trial.sent', handle, trialGroup, {
    ordered: true,
    from: transport.capabilities.history ? 'beginning' : 'now',
    concurrency,
    lease: lease as '2s',
    maxAttempts: 12,
    backoff,
    inbox: guarded ? inbox : false,
  });
  await started(bus);
  log.write(`ready ${now()}`);
  const stopped = new Promise<void>((resolve) => process.once('SIGTERM', resolve));
  while (!(await Promise.race([stopped.then(() => true), sleep(runtime.clock, 500).then(() => false)]))) {
    log.write(`rss ${process.memoryUsage.rss()}`);
  }
  await bus.stop();
  await ledger.stop();
  log.write(`ended ${now()}`);
}
