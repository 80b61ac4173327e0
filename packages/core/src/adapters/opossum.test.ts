import { setTimeout as pause } from 'node:timers/promises';
import CircuitBreaker from 'opossum';
import { describe, expect, it } from 'vitest';
import { defaultRuntime } from '../runtime/runtime.ts';
import { breakerLaws } from '../testing/breaker-laws.ts';
import { checkLaws, layerLaws } from '../testing/index.ts';
import { opossumBreaker } from './opossum.ts';

describe('the breaker on opossum', () => {
  const make = (): ReturnType<typeof opossumBreaker> => opossumBreaker(CircuitBreaker, { operation: 'asking', openFor: '60ms' });
  checkLaws(it, layerLaws, () => ({ layer: make() }));
  checkLaws(it, breakerLaws, () => ({ breaker: make(), runtime: defaultRuntime, openForMs: 60, pass: (ms) => pause(ms + 15) }), {
    ignoresProbes: false,
  });

  it('names a bad option', () => {
    expect(() => opossumBreaker(CircuitBreaker, { operation: 'x', volumeThreshold: 0 })).toThrowError(/opossumBreaker\.volumeThreshold/);
  });
});
