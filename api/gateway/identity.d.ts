// @tutti/gateway/identity

import { Duration, Runtime } from '@tutti/core';

export interface IdentityJwk {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly d?: string;
}

export type IdentityKey = Uint8Array | IdentityJwk;

export interface IdentityVerifierOptions {
  readonly key: IdentityKey | readonly IdentityKey[];
  readonly audience: string;
  readonly issuer?: string;
  readonly clockSkew?: Duration;
  readonly once?: boolean;
  readonly maxSeen?: number;
  readonly runtime?: Runtime;
}

export type VerifyIdentity = (header: string | readonly string[] | undefined) => VouchedIdentity;

export interface VouchedIdentity {
  readonly principal: string;
  readonly tenant?: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
}

export declare const identityHeader = "tutti-identity";

export declare function identityVerifier(options: IdentityVerifierOptions): VerifyIdentity;

export declare const identityVerifierDefaults: {
  readonly issuer: "tutti-gateway";
  readonly clockSkew: "5s";
  readonly once: false;
  readonly maxSeen: 200000;
};
