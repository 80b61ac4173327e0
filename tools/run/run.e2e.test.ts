import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAlive, RunnerHouse, until } from './runner-house.ts';

/** Tasks as Node command lines: one that ends at once, one that waits for signals, counts them and ends at the second. */
const tasks = `{
  say: { needs: 'platform', command: ['-e', 'console.log(JSON.stringify([process.argv.slice(1), process.env.INIT_CWD]))'] },
  everything: { command: ['-e', ''] },
  node: { command: ['-e', 'console.log(process.env.FETCHED, process.env.PATH.split(":")[0])'] },
  three: { command: ['-e', 'process.exitCode = 3'] },
  dies: { command: ['-e', 'process.kill(process.pid, "SIGKILL")'] },
  wait: { command: ['-e', \`
    let heard = 0;
    for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {
      console.log(signal + " " + ++heard);
      if (signal === "SIGTERM" || heard === 2) process.exit(7);
    });
    setInterval(() => {}, 1000);
    console.log("task " + process.pid);
  \`] },
}`;

let house: RunnerHouse;
beforeEach(() => {
  house = new RunnerHouse(tasks);
});
afterEach(() => house.leave());

describe('a task', () => {
  it('that is unknown is answered with all that are known, on standard error', async () => {
    const { code, stdout, stderr } = await house.run(['sing']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain("There is no task 'sing'.");
    expect(stderr).toContain('three');
    expect(house.installs).toEqual([]);
  });

  it('has standard output for itself, and is given the arguments and the folder of the user', async () => {
    const { code, stdout } = await house.run(['say', '--', '-x', 'a b'], { INIT_CWD: '/where/the/user/is' });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '[["-x","a b"],"/where/the/user/is"]\n' });
  });

  it('gives its exit code on, and that of the signal that ended it', async () => {
    expect((await house.run(['three'])).code).toBe(3);
    expect((await house.run(['dies'])).code).toBe(128 + 9);
  });
});

describe('the Node of a task', () => {
  it('is the one at hand when it is within engines', async () => {
    const { stdout } = await house.run(['node']);
    expect(stdout).toBe(`undefined ${dirname(process.execPath)}\n`);
    expect(house.fetches).toBe(0);
  });

  it('is fetched otherwise, comes first in the PATH, and is remembered while it is there', async () => {
    house.engines('>=99.0');
    for (let run = 0; run < 2; run++) expect((await house.run(['node'])).stdout).toBe(`yes ${join(house.root, 'bin')}\n`);
    expect(house.fetches).toBe(1);
    house.write('node_modules/.cache/tutti/node-path', '/where/it/was');
    expect((await house.run(['node'])).code).toBe(0);
    expect(house.fetches).toBe(2);
  });

  it('that cannot be fetched is named, with what to do', async () => {
    house.engines('>=99.0');
    house.write('bin/fetched-node', '#!/bin/sh\nexit 1\n');
    const { code, stdout, stderr } = await house.run(['node']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Node 24.21.0 could not be fetched. Check the network');
    expect(house.installs).toEqual([]);
  });
});

describe('the install', () => {
  it('is done once for a lockfile', async () => {
    await house.run(['everything']);
    await house.run(['everything']);
    expect(house.installs).toHaveLength(1);
    house.write('pnpm-lock.yaml', 'lockfileVersion: 2');
    await house.run(['everything']);
    expect(house.installs).toHaveLength(2);
    expect(house.installs[0]).toContain('pnpm@1.2.3 install --frozen-lockfile');
  });

  it('is completed when a task needs more than what was installed', async () => {
    await house.run(['say']);
    expect(house.installs[0]).toContain('--prod --filter @tutti/platform...');
    await house.run(['everything']);
    expect(house.installs).toHaveLength(2);
    expect(house.installs[1]).not.toContain('--filter');
    await house.run(['say']);
    expect(house.installs).toHaveLength(2);
  });

  it('that fails says what to do, runs no task, and is done again', async () => {
    const { code, stdout, stderr } = await house.run(['say'], { INSTALL_FAILS: '1' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/could not be installed.*run the same command again[\s\S]*registry says no/);
    expect((await house.run(['say'])).code).toBe(0);
    expect(house.installs).toHaveLength(2);
  });

  it('that fails over a complete one leaves no claim that it is complete', async () => {
    await house.run(['everything']);
    house.write('pnpm-lock.yaml', 'lockfileVersion: 2');
    await house.run(['everything'], { INSTALL_FAILS: '1' });
    house.write('pnpm-lock.yaml', 'lockfileVersion: 1');
    await house.run(['everything']);
    expect(house.installs).toHaveLength(3);
  });

  it('is done by one runner while another waits', async () => {
    const both = await Promise.all([house.run(['say'], { INSTALL_SECONDS: '1' }), house.run(['say'], { INSTALL_SECONDS: '1' })]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(house.installs).toHaveLength(1);
  });

  it('waits for the package manager of a runner that was killed, and begins afresh', async () => {
    const killed = house.start(['say'], { INSTALL_SECONDS: '2' });
    await until(() => house.installs.length === 1, 'the first install runs');
    killed.child.kill('SIGKILL');
    expect((await house.run(['say'])).code).toBe(0);
    expect(house.order).toEqual(['begin', 'end', 'begin', 'end']);
  });

  it('passes over a lock that nobody holds any more', async () => {
    mkdirSync(join(house.root, '.tutti'));
    house.write('.tutti/install-lock', '999999999 999999999');
    expect((await house.run(['say'])).code).toBe(0);
    expect(existsSync(join(house.root, '.tutti', 'install-lock'))).toBe(false);
  });

  it('ends with the signal that interrupts it', async () => {
    const { child, ended } = house.start(['say'], { INSTALL_SECONDS: '20' });
    await until(() => house.installs.length === 1, 'the install runs');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 128 + 15, stdout: '' });
    expect(existsSync(join(house.root, '.tutti', 'install-lock'))).toBe(false);
  });
});

describe('signals', () => {
  it('reach the task once for one keystroke, however often they arrive, and again for the next', async () => {
    const { child, ended, saying } = house.start(['wait']);
    await saying(/task/);
    for (let copy = 0; copy < 3; copy++) child.kill('SIGINT');
    await saying(/SIGINT 1/);
    await pause(400);
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(7);
    expect(stdout).toMatch(/SIGINT 1\nSIGINT 2\n$/);
  });

  it('end the runner only after the task', async () => {
    const { child, ended, saying } = house.start(['wait']);
    const task = Number(await saying(/task (\d+)/));
    child.kill('SIGTERM');
    expect((await ended).code).toBe(7);
    expect(isAlive(task)).toBe(false);
  });

  it('are made up for when the npm above is killed outright', async () => {
    const { child, ended, saying } = house.startBelowNpm(['wait']);
    const task = Number(await saying(/task (\d+)/));
    child.kill('SIGKILL');
    await until(() => !isAlive(task), 'the task has ended');
    expect((await ended).stdout).toContain('SIGTERM 1');
  });
});
