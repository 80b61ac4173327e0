// The store of the bare limit in a thread of its own: one answer for each question, in order.
import { parentPort, workerData } from 'node:worker_threads';
import { Store } from './sqlite-store.mjs';

const store = new Store(workerData);
parentPort.on('message', ({ verb, argument }) => parentPort.postMessage(store[verb](argument)));
