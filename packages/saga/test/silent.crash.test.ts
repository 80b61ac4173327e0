import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { startPostgres } from '../../../tools/services/postgres.ts';
import { startRedis } from '../../../tools/services/redis.ts';

const program = fileURLToPath(new URL('./programs/deadly-worker.ts', import.meta.url));
const timeout = 120_000;

interface Place {
  /** Beside this file. */
  readonly module: string;
  readonly config: Readonly<Record<string, string>>;
  readonly kind: 'tx' | 'pure';
  readonly sabotage?: 'take-over';
}

/** Starts workers one after the other until one of them ends by itself, or six have killed themselves. Gives what happened. */
async function story({ module, config, kind, sabotage }: Place): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tutti-silent-'));
  const ledger = join(folder, 'ledger');
  const place = JSON.stringify(config).replaceAll('$FOLDER', folder);
  const args = [new URL(module, import.meta.url).href, place, kind, ledger, ...(sabotage ? [sabotage] : [])];
  try {
    for (let life = 1; life <= 6; life++) {
      const child = spawn(process.execPath, ['--conditions=@tutti/source', program, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
      const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      if (signal !== 'SIGKILL') {
        expect(code).toBe(0);
        break;
      }
    }
    return existsSync(ledger) ? readFileSync(ledger, 'utf8').trim().split('\n') : [];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** `reserve` is run again once: the first worker died before its outcome had gone out with anything. */
const givenUp = ['reserved', 'died', 'reserved', 'died', 'died', 'released', 'ended SAGA_STEP_SILENT'];

const sqlite = { module: './trials/sqlite-worker.ts', config: { path: '$FOLDER/sagas.db' } } as const;

describe('a step without an intent that kills its process, on SQLite', { timeout }, () => {
  it.each(['tx', 'pure'] as const)('is given up as a %s, and what came before it is undone', async (kind) => {
    expect(await story({ ...sqlite, kind })).toEqual(givenUp);
  });

  it('control: kills one after the other where nobody is told of a take-over', async () => {
    const lines = await story({ ...sqlite, kind: 'pure', sabotage: 'take-over' });
    expect(lines.filter((line) => line === 'died')).toHaveLength(6);
  });
});

describeWith('redis-server', 'a step without an intent that kills its process, on Redis', () => {
  it('is given up, and what came before it is undone', { timeout }, async () => {
    const server = await startRedis();
    try {
      expect(await story({ module: './trials/redis-worker.ts', config: { url: server.url }, kind: 'pure' })).toEqual(givenUp);
    } finally {
      await server.stop();
    }
  });
});

describeWith('postgres', 'a step without an intent that kills its process, on Postgres', () => {
  it.each(['tx', 'pure'] as const)('is given up as a %s, and what came before it is undone', { timeout }, async (kind) => {
    const server = await startPostgres();
    try {
      expect(await story({ module: './trials/postgres-worker.ts', config: { url: server.url }, kind })).toEqual(givenUp);
    } finally {
      await server.stop();
    }
  });
});
