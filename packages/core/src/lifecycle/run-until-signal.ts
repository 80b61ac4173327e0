import { checkOptions } from '../options/check-options.ts';
import { listOf, matching } from '../options/rules.ts';
import type { Component } from './component.ts';

export interface RunUntilSignalOptions {
  /** @defaultValue ['SIGINT', 'SIGTERM', 'SIGHUP'] */
  readonly signals?: readonly NodeJS.Signals[];
}

export const runUntilSignalDefaults = { signals: ['SIGINT', 'SIGTERM', 'SIGHUP'] as readonly NodeJS.Signals[] } as const;

/**
 * The life of a process around a component: starts it, waits for a signal, stops it, and gives the signal. A signal during the
 * start stops it as soon as it has started; a second signal ends the process at once, with the exit code 130. What starting or
 * stopping throws is thrown.
 */
export async function runUntilSignal(part: Component, options: RunUntilSignalOptions = {}): Promise<NodeJS.Signals> {
  const { signals } = checkOptions(
    'runUntilSignal',
    options,
    { optional: { signals: listOf(matching('the name of a signal', /^SIG[A-Z\d]+$/)) } },
    runUntilSignalDefaults,
  );
  const asked = Promise.withResolvers<NodeJS.Signals>();
  let first: NodeJS.Signals | undefined;
  const hear = (signal: NodeJS.Signals): void => {
    if (first !== undefined) process.exit(130);
    first = signal;
    asked.resolve(signal);
  };
  for (const signal of signals) process.on(signal, hear);
  try {
    await part.start();
    const signal = await asked.promise;
    await part.stop();
    return signal;
  } finally {
    for (const signal of signals) process.off(signal, hear);
  }
}
