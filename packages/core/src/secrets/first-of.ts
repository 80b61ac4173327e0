import { checkOptions } from '../options/check-options.ts';
import { listOf, objectWith } from '../options/rules.ts';
import type { Secret } from '../ports/secret.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import { checkSecretName } from './secret-name.ts';
import { told } from './told.ts';

/** What one source said last; `heard` is false until it has said anything. */
interface Said {
  heard: boolean;
  secret: Secret | undefined;
}

/**
 * Several sources as one: the first that has the secret gives it. Only "there is none" leads on to the next source. One that
 * cannot be asked fails the whole question, because who answers must not depend on who happens to be away.
 */
export function firstOf(sources: readonly SecretSource[]): SecretSource {
  checkOptions('firstOf', { sources }, { required: { sources: listOf(objectWith('a SecretSource', 'get', 'watch')) } });
  const layers = [...sources];
  return Object.freeze({
    name: `the first of ${layers.map(({ name }) => name).join(', ')}`,
    async get(name: string) {
      checkSecretName(name);
      for (const source of layers) {
        const secret = await source.get(name);
        if (secret !== undefined) return secret;
      }
      return undefined;
    },
    watch(name: string, listener: (secret: Secret | undefined) => void) {
      checkSecretName(name);
      const hears = told(listener);
      const said: Said[] = layers.map(() => ({ heard: false, secret: undefined }));
      const tell = (): void => {
        const decisive = said.find(({ heard, secret }) => !heard || secret !== undefined);
        if (decisive === undefined) hears.tell(undefined);
        else if (decisive.heard) hears.tell(decisive.secret);
      };
      if (layers.length === 0) tell();
      const ends = layers.map((source, index) =>
        source.watch(name, (secret) => {
          said[index] = { heard: true, secret };
          tell();
        }),
      );
      return () => {
        hears.end();
        for (const end of ends) end();
      };
    },
  });
}
