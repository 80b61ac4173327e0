import { defineEvents } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { memoryStore } from '../adapters/memory.ts';
import { defineSaga } from '../definition/define-saga.ts';
import type { AnySaga } from '../definition/saga-definition.ts';
import type { SagaOrchestratorOptions } from './orchestrator-options.ts';
import { sagaEvents } from './saga-events.ts';
import { SagaOrchestrator } from './saga-orchestrator.ts';

const deaf = defineEvents({});
const bus = { publish: async () => ({ id: 'x', duplicate: false }), subscribe: () => ({ stop: async () => {} }) };
const plain = defineSaga(deaf, 'plain', { input: z.object({}) }).step('a', { run: () => 1 });
const booking = defineSaga(deaf, 'booking', { input: z.object({}) }).tx('a', { run: () => 1 });
const telling = defineSaga(defineEvents({ ...sagaEvents }), 'telling', { input: z.object({}) }).step('a', { run: () => 1 });
const store = memoryStore();

type Options = Omit<SagaOrchestratorOptions<readonly AnySaga[]>, 'store'>;

describe('an orchestrator is refused before it runs', () => {
  const refused: readonly (readonly [string, Options, { readonly code: string; readonly message?: RegExp }])[] = [
    ['without a bus to announce on', { sagas: [telling], announce: true }, { code: 'CAPABILITY_MISSING' }],
    [
      'when its catalogue does not know what it announces',
      { sagas: [plain], announce: true, bus },
      { code: 'INVALID_OPTIONS', message: /sagas\.announce needs 'saga/ },
    ],
    [
      'when a step is to be one commit with a store that has none',
      { sagas: [booking] },
      { code: 'CAPABILITY_MISSING', message: /booking\.a/ },
    ],
    ['when bus and store share no database', { sagas: [plain], bus, sharedDatabase: true }, { code: 'CAPABILITY_MISSING' }],
    ['with two sagas of one name', { sagas: [plain, plain] }, { code: 'INVALID_OPTIONS' }],
  ];
  it.each(refused)('%s', (_what, options, { code, message = /./ }) => {
    const make = (): unknown => new SagaOrchestrator({ store, ...options });
    expect(make).toThrowError(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  it('and not when all is there', () => {
    expect(new SagaOrchestrator({ store, sagas: [telling], bus, announce: true }).state).toBe('idle');
  });
});
