// Three processes on one SQLite file carry sagas on. One is killed with work in its hands; the others take that over, with no server and nobody to tell them.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { worker } from './read.ts';

const folder = mkdtempSync(join(tmpdir(), 'tutti-take-over-'));
const path = join(folder, 'sagas.db');
const sagas = worker(path, 1);
await sagas.start();

const workers = [1, 2].map(() => fork(join(import.meta.dirname, 'worker.ts'), [path]));
await Promise.all(workers.map((each) => once(each, 'message')));
const [victim, other] = workers;
victim?.once('message', () => victim.kill('SIGKILL')); // it is in the middle of a step

const ids = [];
for (let number = 1; number <= 24; number++) ids.push(await sagas.startSaga('reading', { contract: `c-${number}` }));

const results = await Promise.all(ids.map((id) => sagas.result(id)));
const histories = await Promise.all(ids.map((id) => sagas.history(id)));
console.log(`${results.filter((result) => result.endsWith('.txt')).length} of ${ids.length} contracts were read`);
console.log(`by ${new Set(histories.flat().map(({ worker }) => worker)).size} workers`);
console.log(`one was killed: ${victim?.killed}`);
console.log(`taken over: ${histories.some((entries) => new Set(entries.map(({ worker }) => worker)).size > 1)}`);

other?.kill('SIGTERM');
await sagas.stop();
rmSync(folder, { recursive: true });
