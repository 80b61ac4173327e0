import type { DispatchController, DispatchRequest } from '../ports/http-dispatcher.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Deadline, deadlineWheel } from '../runtime/deadline-wheel.ts';
import { httpError } from './http-errors.ts';

type Phase = 'headers' | 'body';

/** Gives a request up whose answer does not go on. */
export class Patience {
  readonly #clock: Clock;
  readonly #origin: string;
  readonly #limits: Readonly<Record<Phase, number>>;
  #phase: Phase = 'headers';
  #pending: Deadline | undefined;

  /** @returns undefined where the request may take as long as it likes. */
  static of({ headersTimeout = 0, bodyTimeout = 0 }: DispatchRequest, origin: string, clock: Clock): Patience | undefined {
    return headersTimeout > 0 || bodyTimeout > 0 ? new Patience({ headers: headersTimeout, body: bodyTimeout }, origin, clock) : undefined;
  }

  private constructor(limits: Readonly<Record<Phase, number>>, origin: string, clock: Clock) {
    this.#limits = limits;
    this.#origin = origin;
    this.#clock = clock;
  }

  /** From now on, in place of what it waited for. */
  waitFor(phase: Phase, control: DispatchController): void {
    this.stop();
    this.#phase = phase;
    const timeoutMs = this.#limits[phase];
    if (!(timeoutMs > 0)) return;
    this.#pending = deadlineWheel(this.#clock).at(this.#clock.now() + timeoutMs, () =>
      control.abort(httpError('HTTP_TIMEOUT', { origin: this.#origin, phase, timeoutMs })),
    );
  }

  /** Who has paused it has waited for itself. */
  beginAnew(control: DispatchController): void {
    this.waitFor(this.#phase, control);
  }

  stop(): void {
    this.#pending?.cancel();
    this.#pending = undefined;
  }
}
