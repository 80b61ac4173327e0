import { parentPort, workerData } from 'node:worker_threads';
import type { WriterOptions } from './protocol.ts';
import { serveWrites } from './serve-writes.ts';

/** The entry of the writer thread. Elsewhere it does nothing. */
if (parentPort) await serveWrites(parentPort, workerData as WriterOptions);
