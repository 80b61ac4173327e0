import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import type { House } from './house.ts';
import { manifestOf } from './manifest.ts';

/** What publint, strictly, finds wrong with the manifests and files that would be published. */
export async function manifestProblems(house: House): Promise<readonly string[]> {
  const found = await Promise.all(
    house.tarballs.map(async ({ name }) => {
      const pkgDir = house.folderOf(name);
      const { messages } = await publint({ pkgDir, strict: true, pack: false });
      const manifest = { ...manifestOf(pkgDir) };
      return messages.map((message) => `${name}: ${formatMessage(message, manifest, { color: false }) ?? message.code}`);
    }),
  );
  return found.flat();
}

/** What "are the types wrong" finds: declarations that do not belong to the file they stand beside, for ESM users. */
export async function typeProblems(house: House): Promise<readonly string[]> {
  const attw = resolve('node_modules/@arethetypeswrong/cli/dist/index.js');
  const options = ['--profile', 'esm-only', '--no-emoji', '--no-color', '--format', 'ascii'];
  const waiting = [...house.tarballs];
  const problems: string[] = [];
  const worker = async (): Promise<void> => {
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      const { name, filename } = one;
      await run(process.execPath, [attw, filename, ...options]).catch((error: Said) =>
        problems.push(`${name}: ${error.stdout}${error.stderr}`),
      );
    }
  };
  await Promise.all([worker(), worker()]);
  return problems;
}

interface Said {
  readonly stdout: string;
  readonly stderr: string;
}

const run = promisify(execFile);
