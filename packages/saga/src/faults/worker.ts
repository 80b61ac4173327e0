// A worker process of a trial; started by `sagasEndRight`, and does nothing when it is merely imported.
import { type Duration, defaultRuntime, sleep, TuttiError } from '@tutti/core';
import { MemberLog } from '@tutti/core/testing';
import { SagaOrchestrator } from '../orchestrator/saga-orchestrator.ts';
import { idOf } from './fate.ts';
import type { MakeMember } from './member-module.ts';
import type { WorkerTask } from './task.ts';
import { trialSaga } from './trial-saga.ts';
import { watchedStore } from './watched-store.ts';

const { clock } = defaultRuntime;
const now = (): number => Math.round(clock.epoch());

const told = process.argv[2];
if (told?.startsWith('{"role":"worker"')) await run(JSON.parse(told) as WorkerTask);

async function run(task: WorkerTask): Promise<void> {
  const log = new MemberLog(task.folder, `worker-${task.index}-${process.pid}`);
  const { default: make } = (await import(task.module)) as { default: MakeMember<unknown> };
  const { store, bookings, dispose } = await make(task.config);
  const saga = trialSaga({ seed: task.seed, world: task.world, log, bookings, now });
  const sagas = new SagaOrchestrator({
    store: watchedStore(store, log, now, task.sabotage),
    sagas: [saga],
    lease: task.lease as Duration,
    scan: '200ms',
    drainTimeout: '2s',
    runtime: { ...defaultRuntime, logger: { ...defaultRuntime.logger, log: () => {} } },
  });
  await persistently(() => sagas.start());
  await persistently(async () => bookings?.prepare());
  log.write(`ready ${now()}`);
  let stopping = false;
  process.once('SIGTERM', () => {
    stopping = true;
  });
  for (let index = task.index; index < task.sagas && !stopping; index += task.workers) {
    await persistently(() => sagas.startSaga('trial', {} as never, { id: idOf(index) }));
    await sleep(clock, task.paceMs);
  }
  while (!stopping) await sleep(clock, 50);
  log.write(`rss ${process.resourceUsage().maxRSS * 1024}`);
  await sagas.stop();
  await dispose?.();
  process.exit(0);
}

/** Again and again while the store is away; the same start again does no harm. */
async function persistently(work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (!TuttiError.is(error) || !error.retryable) throw error;
      await sleep(clock, 100);
    }
  }
}
