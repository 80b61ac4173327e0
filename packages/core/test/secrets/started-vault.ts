import type { Secret } from '../../src/ports/secret.ts';
import type { LogFields, LogLevel } from '../../src/runtime/logger.ts';
import { type VaultSecrets, type VaultSecretsOptions, vaultSecrets } from '../../src/secrets/index.ts';
import { type FakeVault, fakeVault, type TestRuntime, testRuntime } from '../../src/testing/index.ts';

export const minute: number = 60_000;
export const hour: number = 60 * minute;
export const address = 'http://127.0.0.1:8200';

export interface Given {
  readonly token?: { readonly ttlMs?: number; readonly maxTtlMs?: number; readonly renewable?: boolean };
  readonly database?: { readonly ttlMs?: number; readonly maxTtlMs?: number; readonly renewable?: boolean };
  /** Logins that the secret id is good for. */
  readonly logins?: number;
  readonly options?: Partial<VaultSecretsOptions>;
}

export interface StartedVault {
  readonly vault: FakeVault;
  readonly runtime: TestRuntime;
  readonly source: VaultSecrets;
  /** The database login as it is now. */
  login(): Promise<Secret>;
  /** What the database says to a login now. */
  works(secret: Secret): boolean;
  /** What was logged. */
  readonly lines: readonly { readonly level: LogLevel; readonly fields: LogFields }[];
  pass(ms: number): Promise<void>;
}

/** A source over a fake Vault, both on one clock that the test moves. */
export async function started({ token, database, logins, options }: Given = {}): Promise<StartedVault> {
  const lines: { level: LogLevel; fields: LogFields }[] = [];
  const runtime: TestRuntime = {
    ...testRuntime(),
    random: () => 0,
    logger: { enabled: () => true, log: (level, _message, fields = {}) => void lines.push({ level, fields }) },
  };
  const vault = fakeVault(testRuntimeOn(runtime));
  vault.policy('app', { 'database/creds/*': ['read'], 'secret/data/*': ['read'], 'sys/leases/revoke': ['update'] });
  vault.databaseRole('orders', database ?? {});
  const role = vault.appRole({ policies: ['app'], ...token });
  const auth = { method: 'appRole', roleId: role.roleId, secretId: role.secretId(logins) } as const;
  const secrets = { db: { path: 'database/creds/orders' } };
  const source = vaultSecrets({ address, auth, secrets, fetch: vault.fetch, runtime, ...options });
  await source.start();
  const login = async (): Promise<Secret> => (await source.get('db')) as Secret;
  const works = (secret: Secret): boolean => vault.accepts(secret.reveal('username'), secret.reveal('password'));
  return { vault, runtime, source, login, works, lines, pass: (ms: number) => runtime.clock.advance(ms) };
}

/** The ids of the fake need chance; the source under test has none, so that its times are exact. */
function testRuntimeOn(runtime: TestRuntime): TestRuntime {
  return { ...testRuntime(), clock: runtime.clock };
}
