import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PlatformClient } from '../client/platform-client.ts';
import type { DataFolder } from '../host/data-folder.ts';
import type { Platform } from '../host/platform.ts';
import type { Progress } from './progress.ts';
import { finding } from './wording.ts';

const sampleFolder = fileURLToPath(new URL('../samples', import.meta.url));

/** Pushes the bundled documents through the front door and says what came back. */
export async function analyzeSamples(platform: Platform, progress: Progress): Promise<void> {
  const client = new PlatformClient(platform.url(), platform.access.token);
  const names = (await readdir(sampleFolder)).filter((name) => name !== 'SOURCES.md').sort();
  progress.say(`\nReading ${names.length} real documents through the gateway:\n`);
  const startedAt = performance.now();
  const views = names.map(async (name) => client.analyse(name, await readFile(join(sampleFolder, name)), { patienceMs: 60_000 }));
  for (const [index, view] of views.entries()) progress.say(finding(names[index] as string, await view));
  progress.say(`\n  all read in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s; not legal advice`);
}

/** Tells the owner how to use what is running, with the tokens in files only he can read. */
export async function explainUse(platform: Platform, data: DataFolder, folder: string, progress: Progress): Promise<void> {
  const { authorizationFile, inspectionTokenFile } = data;
  await writeFile(authorizationFile, `Authorization: Bearer ${platform.access.token}\n`, { mode: 0o600 });
  await writeFile(inspectionTokenFile, `${platform.access.inspectionToken}\n`, { mode: 0o600 });
  const file = relative(folder, authorizationFile).startsWith('..') ? authorizationFile : relative(folder, authorizationFile);
  progress.say(`
The gateway listens on ${platform.url()}. Upload a file of your own:

  curl -H @${file} --data-binary @FILE '${platform.url()}/api/v1/documents?name=FILE&wait=30s'

Look inside, and act on what you see:

  npm run -s tutti -- inspect --url ${platform.inspectionUrl()} --token-file ${inspectionTokenFile}

Ctrl-C stops everything.`);
}
