/** Why the platform should end. */
export type StopReason = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'parent gone';

/**
 * Resolves when the process is asked to end, or when the process named by `parentPid` is no longer its parent: then
 * nobody is left who could ask. A second request ends the process at once.
 */
export function stopRequested(parentPid: number | undefined): Promise<StopReason> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (reason: StopReason): void => {
      if (asked && reason !== 'parent gone') process.exit(130);
      asked = true;
      resolve(reason);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
    if (parentPid !== undefined && parentPid === process.ppid) {
      const watch = setInterval(() => {
        if (process.ppid === parentPid) return;
        clearInterval(watch);
        stop('parent gone');
      }, 500);
      watch.unref();
    }
  });
}
