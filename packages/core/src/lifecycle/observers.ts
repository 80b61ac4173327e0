import { EventEmitter } from 'eventemitter3';
import type { Logger } from '../runtime/logger.ts';

/** Something that tells what it does. */
export interface Observable<E> {
  /**
   * Tells the listener of each event of this name from now on, in the order in which they happen, until the returned function is
   * called. It is told afterwards and can change nothing; what it throws is logged.
   */
  on<N extends keyof E & string>(event: N, listener: (event: E[N]) => void): () => void;
}

/** The side of the one who tells. */
export interface Observers<E> extends Observable<E> {
  /** Whether anybody listens, for whoever would have to make the event first. */
  listening(event: keyof E & string): boolean;
  emit<N extends keyof E & string>(event: N, told: E[N]): void;
}

/** Observers of events that the type argument names, on eventemitter3. */
export function observers<E>(logger: Logger): Observers<E> {
  const emitter = new EventEmitter<string>();
  return {
    on(event, listener) {
      const guarded = (told: unknown): void => {
        try {
          listener(told as E[typeof event]);
        } catch (error) {
          logger.log('error', `a listener to "${event}" failed`, { error });
        }
      };
      emitter.on(event, guarded);
      return () => void emitter.off(event, guarded);
    },
    listening: (event) => emitter.listenerCount(event) > 0,
    emit: (event, told) => void emitter.emit(event, told),
  };
}
