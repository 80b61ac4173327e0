import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** The seeds that once failed, from a JSON file that is committed beside the test; none when there is no file. */
export function pinnedSeeds(file: URL): readonly number[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly number[]) : [];
}

/** Adds a seed to the file, which is made when missing. */
export function pinSeed(file: URL, seed: number): void {
  const seeds = new Set([...pinnedSeeds(file), seed]);
  writeFileSync(file, `${JSON.stringify([...seeds].sort((one, other) => one - other))}\n`);
}
