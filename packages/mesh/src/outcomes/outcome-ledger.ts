import { newId, type Observers, type OutcomeDelta, type OutcomeStream, observers, type Repeating, type Runtime, repeat } from '@tutti/core';
import { OutcomeRecorder } from './outcome-recorder.ts';

const flushMs = 1_000;

/**
 * The outcomes that one replica saw, told as deltas every second and once more at `stop`. What was recorded and not yet told is gone
 * when the process is killed.
 */
export class OutcomeLedger implements OutcomeStream {
  /** Names this life of the replica. */
  readonly replica: string;
  readonly #runtime: Runtime;
  readonly #observers: Observers<{ readonly delta: OutcomeDelta }>;
  /** Those of the latest plans; older ones live on with the requests that hold them. */
  readonly #latest = new Map<string, OutcomeRecorder>();
  #due: OutcomeRecorder[] = [];
  #sequence = 0;
  #loop: Repeating | undefined;

  /** @param instanceId Names the replica, over its lives. */
  constructor(instanceId: string, runtime: Runtime) {
    this.replica = `${instanceId}#${newId(runtime)}`;
    this.#runtime = runtime;
    this.#observers = observers(runtime.logger);
  }

  /** Where outcomes of requests to a version under a plan are counted. Ask once for each plan and keep it, not for each request. */
  recorder(serviceName: string, version: string | undefined, planRevision: number): OutcomeRecorder {
    const key = JSON.stringify([serviceName, version ?? '']);
    const known = this.#latest.get(key);
    if (known?.planRevision === planRevision) return known;
    const made = new OutcomeRecorder(serviceName, version ?? '', planRevision, (recorder) => this.#due.push(recorder));
    if (known === undefined || known.planRevision < planRevision) this.#latest.set(key, made);
    return made;
  }

  watchOutcomes(listener: (delta: OutcomeDelta) => void): () => void {
    return this.#observers.on('delta', listener);
  }

  start(): void {
    this.#loop ??= repeat(this.#runtime, { name: 'telling outcomes', intervalMs: flushMs }, () => this.flush());
  }

  async stop(): Promise<void> {
    await this.#loop?.stop();
    this.flush();
  }

  /** Tells what has been recorded since the last time. */
  flush(): void {
    const due = this.#due;
    this.#due = [];
    for (const recorder of due) {
      const { serviceName, version, planRevision } = recorder;
      for (const counts of recorder.take()) {
        const about = { replica: this.replica, sequence: ++this.#sequence, serviceName, version, planRevision };
        this.#observers.emit('delta', Object.freeze({ ...about, ...counts }));
      }
    }
  }
}
