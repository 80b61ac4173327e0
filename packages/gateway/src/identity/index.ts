export type { IdentityJwk, IdentityKey } from './identity-key.ts';
export { identityHeader } from './identity-token.ts';
export {
  type IdentityVerifierOptions,
  identityVerifier,
  identityVerifierDefaults,
  type VerifyIdentity,
  type VouchedIdentity,
} from './identity-verifier.ts';
