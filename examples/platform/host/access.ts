import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose';

/** Who the platform believes, and the one token it hands to its owner. */
export interface Access {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: JSONWebKeySet;
  /** A bearer token for the owner, good for twelve hours. */
  readonly token: string;
  /** For whoever looks inside this process or acts on it. */
  readonly inspectionToken: string;
}

const issuer = 'tutti-platform';
const audience = 'tutti-gateway';

/** A new key pair for every start: a token of an earlier run is worth nothing. The private key never leaves this function. */
export async function createAccess(): Promise<Access> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'platform', alg: 'ES256', use: 'sig' }] };
  const token = await new SignJWT({ tenant: 'local', roles: ['member'] })
    .setProtectedHeader({ alg: 'ES256', kid: 'platform' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject('owner')
    .setIssuedAt()
    .setExpirationTime('12h')
    .sign(privateKey);
  return { issuer, audience, keys, token, inspectionToken: randomBytes(32).toString('base64url') };
}
