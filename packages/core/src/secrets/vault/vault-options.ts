import { checkOptions } from '../../options/check-options.ts';
import type { Duration } from '../../options/duration.ts';
import { callable, duration, matching, objectWith, oneOf, type Rule, shown, text, wholeNumber } from '../../options/rules.ts';
import type { Secret } from '../../ports/secret.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { secretInput } from './secret-input.ts';
import type { VaultFetch } from './vault-fetch.ts';

/** A credential: as it is, or a function that fetches it anew for every login, for what is rotated or good for one use. */
export type SecretInput = string | Secret | (() => Promise<string | Secret | undefined>);

/** How to come by a token. A token that was given is never revoked; one that was logged in for is, when the source stops. */
export type VaultAuth =
  | { readonly method: 'token'; readonly token: SecretInput }
  | { readonly method: 'appRole'; readonly roleId: string; readonly secretId: SecretInput; readonly mount?: string }
  | { readonly method: 'kubernetes'; readonly role: string; readonly jwt: SecretInput; readonly mount?: string };

/** Where a secret lies: a key of the KV engine, or any path that can be read, such as `database/creds/orders`. */
export type VaultPlace =
  | { readonly kv: string; readonly path?: never; readonly field?: string }
  /** Everything after `/v1/`. */
  | { readonly path: string; readonly kv?: never; readonly field?: string };

export interface VaultSecretsOptions {
  /** `https://vault.example:8200`. Plain `http` only to a loopback address, unless `plaintext` says otherwise. */
  readonly address: string;
  readonly auth: VaultAuth;
  /** Where names that are not here are looked for: the KV key of the same name, whole. @defaultValue {} */
  readonly secrets?: Readonly<Record<string, VaultPlace>>;
  /** Of the KV engine. @defaultValue 'secret' */
  readonly mount?: string;
  /** Of the KV engine. @defaultValue 2 */
  readonly kvVersion?: 1 | 2;
  /** Sent as `X-Vault-Namespace`. */
  readonly namespace?: string;
  /** How often a value without a lease is read again. @defaultValue '5m' */
  readonly refreshInterval?: Duration;
  /** How long a value without a lease is given on after Vault last confirmed it. One with a lease ends with its lease. @defaultValue '24h' */
  readonly keepLastGood?: Duration;
  /** Of one request; a `get` makes four at most. @defaultValue '5s' */
  readonly requestTimeout?: Duration;
  /** How long stopping may spend on giving leases and token back; what is left then ends by itself. @defaultValue '3s' */
  readonly stopTimeout?: Duration;
  /** A larger answer is refused. @defaultValue 1048576 */
  readonly maxResponseBytes?: number;
  /** Where tokens may go over plain HTTP. @defaultValue 'loopback' */
  readonly plaintext?: 'loopback' | 'anywhere';
  /**
   * Sends the requests. Give one of your own for a private CA or client certificates: undici's, with
   * `dispatcher: new Agent({ connect: { ca } })`. @defaultValue the global fetch
   */
  readonly fetch?: VaultFetch;
  readonly runtime?: Runtime;
}

export const vaultSecretsDefaults = {
  secrets: {},
  mount: 'secret',
  kvVersion: 2,
  refreshInterval: '5m',
  keepLastGood: '24h',
  requestTimeout: '5s',
  stopTimeout: '3s',
  maxResponseBytes: 1_048_576,
  plaintext: 'loopback',
} as const;

const path = matching(
  "segments of letters, digits, '.', '_' and '-' joined by '/', none beginning with a dot",
  /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/,
);

const place: Rule = (value) => {
  if (typeof value !== 'object' || value === null) return `must be { kv } or { path }, got ${shown(value)}`;
  const { kv, path: raw, field, ...rest } = value as Readonly<Record<string, unknown>>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) return `must have kv or path, and perhaps field; ${unknown} is none of them`;
  if ((kv === undefined) === (raw === undefined)) return 'must have either kv or path';
  return path(kv ?? raw) ?? (field === undefined ? undefined : text(field));
};

const places: Rule = (value) => {
  const problem = objectWith('an object of places')(value);
  if (problem) return problem;
  for (const [name, each] of Object.entries(value as object)) {
    const wrong = place(each);
    if (wrong) return `[${shown(name)}] ${wrong}`;
  }
  return undefined;
};

/** Never shows the address: a user name and password in it would be seen. */
const address: Rule = (value) => {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (!url || !/^https?:$/.test(url.protocol)) return 'must be an http or https URL';
  if (url.username || url.password) return 'must not hold a user name or password';
  return url.search || url.hash || url.pathname !== '/' ? 'must be scheme, host and port alone' : undefined;
};

const authRules = {
  token: { required: { method: text, token: secretInput } },
  appRole: { required: { method: text, roleId: text, secretId: secretInput }, optional: { mount: path } },
  kubernetes: { required: { method: text, role: text, jwt: secretInput }, optional: { mount: path } },
} as const;

export type CheckedVaultOptions = VaultSecretsOptions & Required<Pick<VaultSecretsOptions, keyof typeof vaultSecretsDefaults>>;

/** @throws INVALID_OPTIONS, never with a credential in it. */
export function checkVaultOptions(options: VaultSecretsOptions): CheckedVaultOptions {
  const checked = checkOptions(
    'vaultSecrets',
    options,
    {
      required: { address, auth: objectWith('an object with a method', 'method') },
      optional: {
        secrets: places,
        mount: path,
        kvVersion: oneOf(1, 2),
        namespace: path,
        refreshInterval: duration,
        keepLastGood: duration,
        requestTimeout: duration,
        stopTimeout: duration,
        maxResponseBytes: wholeNumber({ min: 1_024 }),
        plaintext: oneOf('loopback', 'anywhere'),
        fetch: callable,
        runtime: objectWith('a Runtime', 'clock', 'logger', 'random'),
      },
    },
    vaultSecretsDefaults,
  ) as CheckedVaultOptions;
  checkOptions('vaultSecrets.auth', { method: checked.auth.method }, { required: { method: oneOf(...Object.keys(authRules)) } });
  checkOptions('vaultSecrets.auth', checked.auth as object, authRules[checked.auth.method]);
  const url = new URL(checked.address);
  const exposed = url.protocol === 'http:' && checked.plaintext === 'loopback' && !isLoopback(url.hostname);
  const https: Rule = () => (exposed ? "must be https, since tokens go there; or set plaintext to 'anywhere'" : undefined);
  checkOptions('vaultSecrets', { address: checked.address }, { required: { address: https } });
  return checked;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
