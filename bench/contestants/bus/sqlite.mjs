// C2 on SQLite, in one thread and with the store in a thread of its own.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { tempDir } from '../../lib/services.mjs';
import { batcher } from './batcher.mjs';
import { Store } from './sqlite-store.mjs';

/** What one look takes at most; more in one commit made no difference. */
const take = 256;

const inline = (path) => {
  const store = new Store(path);
  return { ask: async (verb, argument) => store[verb](argument), end: () => store.close() };
};

const threaded = (path) => {
  const worker = new Worker(new URL('./sqlite-worker.mjs', import.meta.url), { workerData: path, execArgv: ['--disable-warning=ExperimentalWarning'] });
  const asked = [];
  worker.on('message', (answer) => asked.shift().resolve(answer));
  worker.on('error', (error) => asked.splice(0).forEach(({ reject }) => reject(error)));
  const ask = (verb, argument) =>
    new Promise((resolve, reject) => {
      asked.push({ resolve, reject });
      worker.postMessage({ verb, argument });
    });
  return { ask, end: () => worker.terminate() };
};

const contestant = (connect) => async ({ onMessage }) => {
  const folder = tempDir();
  const { ask, end } = connect(join(folder, 'raw.db'));
  let open = true;
  let ring = () => {};
  let failed;
  const publish = batcher(async (batch) => {
    await ask('append', batch.map(({ item }) => item));
    for (const { res } of batch) res();
    ring();
  });
  const settle = (rows) => ask('settle', rows).catch((error) => (failed = error));
  const consuming = (async () => {
    while (open) {
      const rows = await ask('claim', take);
      for (const { body } of rows) onMessage(body);
      if (rows.length > 0) void settle(rows.map(({ seq, id }) => ({ seq, id })));
      else await new Promise((resolve) => (ring = resolve));
      await new Promise(setImmediate);
    }
  })();
  return {
    publish: (text) => (failed ? Promise.reject(failed) : publish(text)),
    left: () => ask('left'),
    close: async () => {
      open = false;
      ring();
      await consuming;
      await end();
      rmSync(folder, { recursive: true });
    },
  };
};

export default [
  { name: 'sqlite raw, group commit', needs: 'disk', setup: contestant(inline) },
  { name: 'sqlite raw, group commit, in a thread', needs: 'disk', setup: contestant(threaded) },
];
