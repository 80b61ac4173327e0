import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'vitest';
import { checkLaws, fakeVault, type SecretSubject, secretLawNames, secretSourceLaws, testRuntime } from '../testing/index.ts';
import { envSecrets, fileSecrets, firstOf, type VaultPlace, vaultSecrets } from './index.ts';

type Disposable = SecretSubject & { dispose(): Promise<void> };

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function env(): Disposable {
  const variables: Record<string, string> = {};
  const variable = (name: string): string => `APP_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
  return {
    source: envSecrets({ env: variables, prefix: 'APP_' }),
    put: async (name, text) => void Object.assign(variables, { [variable(name)]: text }),
    remove: async (name) => void delete variables[variable(name)],
    settle: settled,
    questions: () => 0,
    dispose: async () => {},
  };
}

function files(): Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-secrets-'));
  const runtime = testRuntime();
  const source = fileSecrets({ folder, runtime });
  return {
    source,
    async put(name, text) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), `${text}\n`);
    },
    remove: async (name) => rmSync(join(folder, name)),
    async settle() {
      // the disk is real: a `get` shares the reading of the loop or comes after it; a watcher that comes while it turns is served by the next
      for (let turn = 0; turn < 3; turn++) {
        await runtime.clock.advance(6_000);
        await Promise.all(secretLawNames.map((name) => source.get(name)));
        await settled();
      }
    },
    questions: () => 0,
    dispose: async () => rmSync(folder, { recursive: true }),
  };
}

async function vault(kvVersion: 1 | 2): Promise<Disposable> {
  const runtime = testRuntime();
  const server = fakeVault(runtime);
  const mount = kvVersion === 2 ? 'secret' : 'kv';
  server.policy('app', { [`${mount}/*`]: ['read'] });
  const auth = { method: 'token', token: server.token({ policies: ['app'] }) } as const;
  const secrets: Record<string, VaultPlace> = Object.fromEntries(secretLawNames.map((name) => [name, { kv: name, field: 'value' }]));
  const source = vaultSecrets({ address: 'http://127.0.0.1:8200', auth, secrets, mount, kvVersion, fetch: server.fetch, runtime });
  await source.start();
  return {
    source,
    put: async (name, text) => server.put(`${mount}/${name}`, { value: text }),
    remove: async (name) => server.delete(`${mount}/${name}`),
    settle: () => runtime.clock.advance(300_000),
    questions: () => server.count(`${mount}/*`),
    dispose: () => source.stop(),
  };
}

/** The laws on the last of three layers, below two that have nothing. */
async function layered(): Promise<Disposable> {
  const below = files();
  const above = await vault(2);
  return {
    ...below,
    source: firstOf([envSecrets({ env: {} }), above.source, below.source]),
    dispose: async () => {
      await above.dispose();
      await below.dispose();
    },
  };
}

describe('secrets from the environment', () => checkLaws(it, secretSourceLaws, env, { changes: false, counted: false }));
describe('secrets from files', () => checkLaws(it, secretSourceLaws, files, { changes: true, counted: false }));
describe('secrets from Vault, KV 1', () => checkLaws(it, secretSourceLaws, () => vault(1), { changes: true, counted: true }));
describe('secrets from Vault, KV 2', () => checkLaws(it, secretSourceLaws, () => vault(2), { changes: true, counted: true }));
describe('secrets from several layers', () => checkLaws(it, secretSourceLaws, layered, { changes: true, counted: false }));
