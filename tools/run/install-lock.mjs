// One install at a time in a folder. Without it two runners write the same node_modules, or one starts while the
// package manager of a killed runner is still at it.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exists } from './supervise.mjs';

const touchMs = 5_000;
/** After a restart of the machine other processes have the ids in a forgotten lock; nobody touches it then. */
const forgottenMs = 120_000;

/** Waits for its turn. Holders that died, with their package manager, are passed over. */
export async function lockInstall(root) {
  const path = join(root, '.tutti', 'install-lock');
  for (let told = false; !take(path); told = true) {
    if (!told && isHeld(path)) process.stderr.write('Waiting for another install in this folder …\n');
    if (!isHeld(path)) clear(path);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const touching = setInterval(() => touch(path), touchMs);
  touching.unref();
  return {
    installer: (group) => writeFileSync(path, `${process.pid} ${group}`),
    release: () => {
      clearInterval(touching);
      rmSync(path, { force: true });
    },
  };
}

function touch(path) {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // somebody removed it by hand; the install goes on
  }
}

function take(path) {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${process.pid} ${process.pid}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw new Error(`${dirname(path)} cannot be written (${error.code}); mend its permissions or clone elsewhere.`);
  }
}

function isHeld(path) {
  try {
    if (Date.now() - statSync(path).mtimeMs > forgottenMs) return false;
    const [runner, group] = readFileSync(path, 'utf8').split(' ').map(Number);
    return !(runner > 0 && group > 0) || exists(runner) || exists(-group); // no numbers: it is being written
  } catch {
    return false; // released in the meantime
  }
}

/** Moves the lock aside before it goes: what somebody else took in the meantime is put back. */
function clear(path) {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // somebody else was faster
  }
  if (isHeld(aside)) renameSync(aside, path);
  else rmSync(aside);
}
