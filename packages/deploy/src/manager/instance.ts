import { type Endpoint, type EndpointRegistry, messageOf, newId, type Runtime, sleep } from '@tutti/core';
import { deployError } from '../errors.ts';
import type { DeploymentPlatform, InstanceExit, RunningInstance } from '../platform/deployment-platform.ts';
import { becomesReady } from './ready-probe.ts';
import { decideRestart, freshRecord, noteExit, type RestartRecord } from './restart-policy.ts';
import type { ServiceDeployment } from './service-deployment.ts';

export type InstancePhase = 'starting' | 'ready' | 'waiting' | 'stopping' | 'stopped' | 'failed';

export interface InstanceStatus {
  readonly phase: InstancePhase;
  readonly pid?: number;
  readonly port?: number;
  readonly restarts: number;
  /** In words: how the last life ended, when one did. */
  readonly lastExit?: string;
}

/** What an instance needs of its manager. */
export interface InstanceSettings {
  readonly platform: DeploymentPlatform;
  readonly registry: EndpointRegistry | undefined;
  readonly runtime: Runtime;
  readonly deploymentId: string;
  readonly readyPath: string;
  readonly startTimeoutMs: number;
  readonly propagationMs: number;
  readonly graceMs: number;
}

/** What did not come up gets little time to go. */
const lateGraceMs = 1_000;

const nothing = (): undefined => undefined;

/** What the platform or the registry refused counts as a life that ended at once. */
function notStarted(error: unknown): { exit: InstanceExit; readyForMs: undefined; log: string } {
  const words = `it could not be started: ${messageOf(error)}`;
  return { exit: { kind: 'failed', words, final: false }, readyForMs: undefined, log: '' };
}

/** One place for an instance of a service, kept filled: a life that ends is followed by another until `stop`. */
export class Instance {
  readonly #deployment: ServiceDeployment;
  readonly #settings: InstanceSettings;
  readonly #stopping = new AbortController();
  readonly #firstReady = Promise.withResolvers<void>();
  #phase: InstancePhase = 'starting';
  #life: RunningInstance | undefined;
  #port: number | undefined;
  #endpoint: Endpoint | undefined;
  #record: RestartRecord = freshRecord;
  #restarts = 0;
  #lastExit: string | undefined;
  #kept: Promise<void> | undefined;

  constructor(deployment: ServiceDeployment, settings: InstanceSettings) {
    this.#deployment = deployment;
    this.#settings = settings;
    this.#firstReady.promise.catch(() => undefined); // whoever asks by `ready` hears of it
  }

  get status(): InstanceStatus {
    return {
      phase: this.#phase,
      restarts: this.#restarts,
      ...(this.#life && { pid: this.#life.pid }),
      ...(this.#port !== undefined && { port: this.#port }),
      ...(this.#lastExit !== undefined && { lastExit: this.#lastExit }),
    };
  }

  /** Resolves when it was ready once. @throws DEPLOY_START_FAILED, DEPLOY_SUPERSEDED */
  get ready(): Promise<void> {
    return this.#firstReady.promise;
  }

  start(): void {
    this.#kept = this.#keep();
  }

  /** Router first: nobody picks it any more, then it is asked to end. Resolves when nothing of it is left. */
  async stop(): Promise<void> {
    const { registry, runtime, propagationMs, platform, graceMs } = this.#settings;
    if (this.#phase !== 'failed') this.#phase = 'stopping';
    const endpoint = this.#endpoint;
    if (endpoint && registry) {
      await registry.drain(endpoint);
      await sleep(runtime.clock, propagationMs);
    }
    this.#stopping.abort();
    if (this.#life) await platform.stop(this.#life, graceMs);
    await this.#kept;
    const { serviceName, version } = this.#deployment;
    this.#firstReady.reject(deployError('DEPLOY_SUPERSEDED', { serviceName, version }));
    if (this.#phase !== 'failed') this.#phase = 'stopped';
  }

  async #keep(): Promise<void> {
    const { runtime } = this.#settings;
    while (!this.#stopping.signal.aborted) {
      const { exit, readyForMs, log } = await this.#live().catch(notStarted);
      if (this.#stopping.signal.aborted) return;
      this.#restarts++;
      this.#lastExit = exit.words;
      this.#record = noteExit(this.#record, runtime.clock.now(), readyForMs);
      const verdict = exit.final ? ({ restart: false, words: exit.words } as const) : decideRestart(this.#record, runtime.random);
      if (!verdict.restart)
        return this.#fail(verdict.words === exit.words ? exit.words : `${verdict.words}; the last time ${exit.words}`, log);
      this.#phase = 'waiting';
      await sleep(runtime.clock, verdict.afterMs, { signal: this.#stopping.signal }).catch(() => undefined); // stopped: the loop sees it
    }
  }

  /** One life, from start to end. */
  async #live(): Promise<{ exit: InstanceExit; readyForMs: number | undefined; log: string }> {
    const { platform, runtime, registry } = this.#settings;
    this.#phase = 'starting';
    const { serviceName, version, image } = this.#deployment;
    const instanceId = `${serviceName}-${newId(runtime).slice(-8)}`;
    const life = await platform.start({ instanceId, serviceName, version, image });
    this.#life = life;
    const readyAt = await this.#serve(life, instanceId);
    if (readyAt === undefined) void platform.stop(life, lateGraceMs); // up too late, or no longer wanted: its exit says the rest
    const exit = await life.exited;
    const endpoint = this.#endpoint;
    this.#life = undefined;
    this.#port = undefined;
    this.#endpoint = undefined;
    if (endpoint) await registry?.deregister(endpoint);
    return { exit, readyForMs: readyAt === undefined ? undefined : runtime.clock.now() - readyAt, log: await life.logTail(50) };
  }

  /** Waits until it answers, then lets it be found. Undefined when it did not come up in time. */
  async #serve(life: RunningInstance, instanceId: string): Promise<number | undefined> {
    const { runtime, registry, readyPath, startTimeoutMs, deploymentId } = this.#settings;
    const { clock } = runtime;
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#stopping.signal]);
    void life.exited.then(() => over.abort());
    const endsAt = clock.now() + startTimeoutMs;
    const port = await Promise.race([life.port, sleep(clock, startTimeoutMs, { signal, background: true }).then(nothing, nothing)]);
    if (port === undefined || !(await becomesReady(runtime, { host: life.host, port, path: readyPath }, endsAt, signal))) return undefined;
    this.#port = port;
    const { serviceName, version } = this.#deployment;
    this.#endpoint = await registry?.register({ serviceName, instanceId, host: life.host, port, version, metadata: { deploymentId } });
    this.#phase = 'ready';
    this.#firstReady.resolve();
    return clock.now();
  }

  #fail(problem: string, log: string): void {
    const { serviceName, version } = this.#deployment;
    this.#phase = 'failed';
    this.#firstReady.reject(deployError('DEPLOY_START_FAILED', { serviceName, version, problem, log }));
    this.#settings.runtime.logger.log('error', `${serviceName} ${version} is given up: ${problem}`);
  }
}
