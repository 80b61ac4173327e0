import type { InstanceExit } from '../platform/deployment-platform.ts';

/** Failures that look the same every time, recognised by what Node prints. */
const finalSigns: readonly (readonly [sign: RegExp, words: string])[] = [
  [/ERR_MODULE_NOT_FOUND|Cannot find module/, 'its program or something it imports is not there'],
  [/SyntaxError|ERR_INVALID_TYPESCRIPT_SYNTAX/, 'its program does not parse'],
  [/INVALID_OPTIONS/, 'its configuration is wrong'],
];

/** Says how a process ended, from its exit code or signal and the end of its log. */
export function explainExit(code: number | null, signal: NodeJS.Signals | null, logTail: string): InstanceExit {
  if (code === 0 || signal === 'SIGTERM' || code === 143) return { kind: 'clean', words: 'it ended by itself', final: false };
  if (signal !== null) {
    const words =
      signal === 'SIGKILL' ? 'it was killed outright (SIGKILL), by somebody or for want of memory' : `it was ended by ${signal}`;
    return { kind: 'killed', words, final: false };
  }
  if (/EADDRINUSE/.test(logTail)) return { kind: 'failed', words: 'its port is used by another program', final: false };
  if (/heap out of memory/.test(logTail)) return { kind: 'failed', words: 'it ran out of memory', final: false };
  const known = finalSigns.find(([sign]) => sign.test(logTail));
  return { kind: 'failed', words: `${known ? known[1] : 'it failed'} (exit code ${code})`, final: known !== undefined };
}
