import { checkOptions } from '../options/check-options.ts';
import { matching, objectWith } from '../options/rules.ts';
import { Secret } from '../ports/secret.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import { checkSecretName } from './secret-name.ts';
import { told } from './told.ts';

export interface EnvSecretsOptions {
  /** The variables, usually `process.env`; the host passes them in, because nothing below it reads the environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the names of the variables begin with. @defaultValue '' */
  readonly prefix?: string;
}

export const envSecretsDefaults = { prefix: '' } as const;

/**
 * Secrets from environment variables: `smtp-password` is `SMTP_PASSWORD`, `billing/api.key` is `BILLING_API_KEY`. An empty
 * variable counts as absent. A process keeps its environment, so a watcher hears one value.
 *
 * Everybody who may look at the process sees its environment, and children inherit it; prefer files where there is a choice.
 */
export function envSecrets(options: EnvSecretsOptions): SecretSource {
  const { env, prefix } = checkOptions(
    'envSecrets',
    options,
    {
      required: { env: objectWith('an object of variables') },
      optional: { prefix: matching("upper case letters, digits and '_'", /^[A-Z0-9_]*$/) },
    },
    envSecretsDefaults,
  );
  const read = (name: string): Secret | undefined => {
    const value = env[`${prefix}${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`];
    return value === undefined || value === '' ? undefined : Secret.of(value);
  };
  return Object.freeze({
    name: 'the environment',
    async get(name: string) {
      checkSecretName(name);
      return read(name);
    },
    watch(name: string, listener: (secret: Secret | undefined) => void) {
      checkSecretName(name);
      const hears = told(listener);
      hears.tell(read(name));
      return hears.end;
    },
  });
}
