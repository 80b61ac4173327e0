export { type EnvSecretsOptions, envSecrets, envSecretsDefaults } from './env-secrets.ts';
export { type FileSecretsOptions, fileSecrets, fileSecretsDefaults } from './file-secrets.ts';
export { firstOf } from './first-of.ts';
export type { VaultFetch, VaultFetchAnswer, VaultFetchRequest } from './vault/vault-fetch.ts';
export {
  type SecretInput,
  type VaultAuth,
  type VaultPlace,
  type VaultSecretsOptions,
  vaultSecretsDefaults,
} from './vault/vault-options.ts';
export { type VaultSecrets, vaultSecrets } from './vault/vault-secrets.ts';
