import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Whether a program that a test needs is not on this machine, for `describe.skipIf`. Where everything must run (TUTTI_REQUIRE_SERVICES=1) a
 * missing one is an error instead, so that nothing is skipped there in silence.
 */
export function missingTool(program: string): boolean {
  const found = (process.env['PATH'] ?? '').split(delimiter).some((folder) => isExecutable(join(folder, program)));
  if (!found && process.env['TUTTI_REQUIRE_SERVICES'] === '1')
    throw new Error(`${program} is not in the PATH, and this run must skip nothing`);
  return !found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // Not there, or not to be run: in either case one that is missing.
  }
}
