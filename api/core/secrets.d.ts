// @tutti/core/secrets

import { Component, Duration, Runtime, Secret, SecretSource } from '@tutti/core';

export interface EnvSecretsOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly prefix?: string;
}

export interface FileSecretsOptions {
  readonly folder: string;
  readonly others?: 'readers' | 'nobody';
  readonly maxBytes?: number;
  readonly pollInterval?: Duration;
  readonly runtime?: Runtime;
}

export type SecretInput = string | Secret | (() => Promise<string | Secret | undefined>);

export type VaultAuth = {
  readonly method: 'token';
  readonly token: SecretInput;
} | {
  readonly method: 'appRole';
  readonly roleId: string;
  readonly secretId: SecretInput;
  readonly mount?: string;
} | {
  readonly method: 'kubernetes';
  readonly role: string;
  readonly jwt: SecretInput;
  readonly mount?: string;
};

export type VaultFetch = (url: string, request: VaultFetchRequest) => Promise<VaultFetchAnswer>;

export interface VaultFetchAnswer {
  readonly status: number;
  readonly headers: {
    get(name: string): string | null;
  };
  readonly body: AsyncIterable<Uint8Array> | null;
}

export interface VaultFetchRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
}

export type VaultPlace = {
  readonly kv: string;
  readonly path?: never;
  readonly field?: string;
} | {
  readonly path: string;
  readonly kv?: never;
  readonly field?: string;
};

export interface VaultSecrets extends SecretSource, Component {
}

export interface VaultSecretsOptions {
  readonly address: string;
  readonly auth: VaultAuth;
  readonly secrets?: Readonly<Record<string, VaultPlace>>;
  readonly mount?: string;
  readonly kvVersion?: 1 | 2;
  readonly namespace?: string;
  readonly refreshInterval?: Duration;
  readonly keepLastGood?: Duration;
  readonly requestTimeout?: Duration;
  readonly stopTimeout?: Duration;
  readonly maxResponseBytes?: number;
  readonly plaintext?: 'loopback' | 'anywhere';
  readonly fetch?: VaultFetch;
  readonly runtime?: Runtime;
}

export declare function envSecrets(options: EnvSecretsOptions): SecretSource;

export declare const envSecretsDefaults: {
  readonly prefix: "";
};

export declare function fileSecrets(options: FileSecretsOptions): SecretSource;

export declare const fileSecretsDefaults: {
  readonly others: "readers";
  readonly maxBytes: 1048576;
  readonly pollInterval: "5s";
};

export declare function firstOf(sources: readonly SecretSource[]): SecretSource;

export declare function vaultSecrets(options: VaultSecretsOptions): VaultSecrets;

export declare const vaultSecretsDefaults: {
  readonly secrets: {};
  readonly mount: "secret";
  readonly kvVersion: 2;
  readonly refreshInterval: "5m";
  readonly keepLastGood: "24h";
  readonly requestTimeout: "5s";
  readonly stopTimeout: "3s";
  readonly maxResponseBytes: 1048576;
  readonly plaintext: "loopback";
};
