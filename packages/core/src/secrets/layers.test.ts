import { describe, expect, it } from 'vitest';
import { coreError } from '../errors/core-errors.ts';
import { Secret } from '../ports/secret.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import { envSecrets, firstOf } from './index.ts';

/** A source whose watchers are told by the test. */
function said(): SecretSource & { say(text: string | undefined): void; text?: string | undefined } {
  const listeners = new Set<(secret: Secret | undefined) => void>();
  const source = {
    name: 'test',
    text: undefined as string | undefined,
    get: async () => (source.text === undefined ? undefined : Secret.of(source.text)),
    watch(_name: string, listener: (secret: Secret | undefined) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    say(text: string | undefined) {
      source.text = text;
      for (const listener of listeners) listener(text === undefined ? undefined : Secret.of(text));
    },
  };
  return source;
}

describe('the first of several sources', () => {
  it('is the first that has the secret', async () => {
    const source = firstOf([envSecrets({ env: {} }), envSecrets({ env: { KEY: 'second' } }), envSecrets({ env: { KEY: 'third' } })]);
    expect((await source.get('key'))?.reveal()).toBe('second');
    expect(await source.get('other')).toBeUndefined();
    expect(await firstOf([]).get('key')).toBeUndefined();
  });

  it('is not passed over because it is away', async () => {
    const away: SecretSource = {
      ...envSecrets({ env: {} }),
      get: (secret) => Promise.reject(coreError('SECRET_UNAVAILABLE', { source: 'away', secret, problem: 'away' })),
    };
    await expect(firstOf([away, envSecrets({ env: { KEY: 'old' } })]).get('key')).rejects.toMatchObject({ code: 'SECRET_UNAVAILABLE' });
    expect((await firstOf([envSecrets({ env: { KEY: 'first' } }), away]).get('key'))?.reveal()).toBe('first');
  });

  it('tells a watcher nothing before all above have said that they have none', async () => {
    const [above, below] = [said(), said()];
    const heard: (string | undefined)[] = [];
    const end = firstOf([above, below]).watch('key', (secret) => heard.push(secret?.reveal()));
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    below.say('below');
    await turn();
    expect(heard).toEqual([]);
    above.say(undefined);
    await turn();
    above.say('above');
    await turn();
    below.say('below, changed');
    await turn();
    above.say(undefined);
    await turn();
    below.say(undefined);
    await turn();
    expect(heard).toEqual(['below', 'above', 'below, changed', undefined]);
    end();
    above.say('late');
    await turn();
    expect(heard).toHaveLength(4);
  });
});

it('an empty variable counts as absent, and names with other signs become variables', async () => {
  const source = envSecrets({ env: { EMPTY: '', BILLING_API_KEY: 'k' } });
  expect([await source.get('empty'), (await source.get('billing/api.key'))?.reveal()]).toEqual([undefined, 'k']);
});
