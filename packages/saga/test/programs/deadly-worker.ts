/** Carries on a saga with a step that kills its process, on the store that a module makes: argv[2] is the module, argv[3] its config, argv[4] the kind of the step, argv[5] the ledger. */
import { appendFileSync } from 'node:fs';
import { defaultRuntime, defineEvents, exponential, silentLogger } from '@tutti/core';
import { defineSaga, SagaOrchestrator } from '@tutti/saga';
import { z } from 'zod';
import type { MakeMember } from '../../src/faults/index.ts';
import { withoutTakeOvers } from '../../src/faults/sabotage.ts';

const [module, config, kind, ledger, sabotage] = process.argv.slice(2) as [string, string, 'tx' | 'pure', string, string?];
const { default: make } = (await import(module)) as { default: MakeMember<unknown> };
const { store } = await make(JSON.parse(config));
const note = (line: string): void => appendFileSync(ledger, `${line}\n`);
const die = (): Promise<never> => {
  note('died');
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => {});
};
const retry = { maxAttempts: 2, backoff: exponential({ initial: '5ms' }) };
const begun = defineSaga(defineEvents({}), 'deadly', { input: z.object({}) }).step('reserve', {
  retry: { ...retry, maxAttempts: 20 }, // the control runs it again and again
  run: () => note('reserved'),
  compensate: () => note('released'),
});
const saga = kind === 'tx' ? begun.tx('read', { retry, run: die }) : begun.step('read', { retry, intent: false, run: die });
const sagas = new SagaOrchestrator({
  store: sabotage === 'take-over' ? withoutTakeOvers(store) : store,
  sagas: [saga],
  lease: '500ms',
  scan: '50ms',
  runtime: { ...defaultRuntime, logger: silentLogger },
});
await sagas.start();
const end = await sagas.result(await sagas.startSaga('deadly', {}, { id: 'one' })).catch((error: unknown) => error);
note(`ended ${(end as { details?: { failure?: { code?: string } } }).details?.failure?.code}`);
await sagas.stop();
process.exit(0);
