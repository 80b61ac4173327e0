import type { Runtime } from '../runtime/runtime.ts';
import { isRefusal, type Outcome } from './apply-sets.ts';
import { Backlog, type BacklogLimits } from './backlog.ts';
import { CommitBell } from './commit-bell.ts';
import { Doorbell } from './doorbell.ts';
import type { Engine } from './engine.ts';
import { preparePlace } from './place.ts';
import type { WriterRequest } from './protocol.ts';
import { Reader } from './reader.ts';
import { refusalError, writeError } from './refusal.ts';
import { WriterThread } from './writer-thread.ts';

/** A file: one thread that writes, one connection that reads, and a doorbell between the processes that use it. */
export function fileEngine(path: string, options: BacklogLimits & { readonly busyTimeoutMs: number; readonly runtime: Runtime }): Engine {
  const { busyTimeoutMs, runtime } = options;
  const backlog = new Backlog(path, options);
  const bell = new CommitBell(runtime, () => reader.dataVersion());
  let reader: Reader;
  let writer: WriterThread | undefined;
  let doorbell: Doorbell | undefined;
  let lastRefusal: string | undefined;

  function committed(): void {
    bell.ring();
    doorbell?.ring();
  }
  function request(wanted: WriterRequest): Promise<Outcome> {
    return writer?.request(wanted) ?? Promise.resolve({ refused: 'unavailable', problem: 'it is not open' });
  }
  function noted(outcome: Outcome): Outcome {
    lastRefusal = isRefusal(outcome) && (outcome.refused === 'unavailable' || outcome.refused === 'busy') ? outcome.problem : undefined;
    return outcome;
  }
  return {
    async open() {
      const realPath = await preparePlace(path);
      reader = new Reader(path, busyTimeoutMs, runtime);
      const started = await WriterThread.start({ path, busyTimeoutMs }, committed);
      if (!(started instanceof WriterThread)) throw refusalError(path, 'path', started);
      writer = started;
      doorbell = await Doorbell.open(realPath, () => bell.ring()).catch((error: unknown) => {
        runtime.logger.log('info', `no doorbell for ${path}: commits of other processes are noticed by looking`, { error });
        return undefined;
      });
      bell.open();
    },
    async close() {
      bell.close();
      reader?.close();
      await writer?.close();
      await doorbell?.close();
    },
    health() {
      if (writer?.failure) return { status: 'unhealthy', reason: writer.failure };
      return lastRefusal === undefined
        ? { status: 'healthy' }
        : { status: 'degraded', reason: `the last write was refused: ${lastRefusal}` };
    },
    async write(set) {
      const bytes = backlog.enter(set);
      const outcome = noted(await request(set.statements));
      backlog.leave(bytes);
      if (isRefusal(outcome)) throw writeError(path, set, outcome);
      return outcome;
    },
    read: (sql, values) => reader.read(sql, values),
    async migrate(migration) {
      const outcome = noted(await request(migration));
      if (isRefusal(outcome)) throw refusalError(path, 'steps', outcome);
    },
    onCommit: (listener) => bell.listen(listener),
  };
}
