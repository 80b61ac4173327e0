import { describe, expect, it } from 'vitest';
import { explainExit } from './explain-exit.ts';

describe('explainExit', () => {
  it.each([
    [0, null, '', 'clean', false, /by itself/],
    [143, null, '', 'clean', false, /by itself/],
    [null, 'SIGTERM', '', 'clean', false, /by itself/],
    [null, 'SIGKILL', '', 'killed', false, /killed outright/],
    [null, 'SIGSEGV', '', 'killed', false, /SIGSEGV/],
    [1, null, 'Error: listen EADDRINUSE: address already in use', 'failed', false, /port is used/],
    [134, null, 'FATAL ERROR: JavaScript heap out of memory', 'failed', false, /out of memory/],
    [1, null, "Error [ERR_MODULE_NOT_FOUND]: Cannot find module 'x'", 'failed', true, /not there/],
    [1, null, 'SyntaxError: Unexpected token', 'failed', true, /does not parse/],
    [7, null, 'whatever', 'failed', false, /exit code 7/],
  ] as const)('code %s, signal %s, log %j', (code, signal, log, kind, final, words) => {
    const exit = explainExit(code, signal, log);
    expect([exit.kind, exit.final]).toEqual([kind, final]);
    expect(exit.words).toMatch(words);
  });
});
