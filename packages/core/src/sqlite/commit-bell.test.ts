import { describe, expect, it } from 'vitest';
import { testRuntime } from '../testing/index.ts';
import { CommitBell } from './commit-bell.ts';

function make() {
  const runtime = testRuntime();
  const file = { version: 1, looks: 0 };
  const bell = new CommitBell(runtime, () => {
    file.looks++;
    return file.version;
  });
  const heard = { rings: 0 };
  return { runtime, file, bell, heard, listen: () => bell.listen(() => heard.rings++) };
}

describe('looking for commits that nobody announced', () => {
  it('begins with the first listener of an open database and ends with the last', async () => {
    const { runtime, bell, file, listen } = make();
    const off = listen();
    expect([file.looks, runtime.clock.nextDelayMs()]).toEqual([0, undefined]);
    bell.open();
    expect(runtime.clock.nextDelayMs()).toBe(25);
    off();
    expect(runtime.clock.nextDelayMs()).toBeUndefined();
    listen();
    expect(runtime.clock.nextDelayMs()).toBe(25);
    bell.close();
    expect(runtime.clock.nextDelayMs()).toBeUndefined();
  });

  it('slows down to four times a second while nothing happens, and hurries after a commit', async () => {
    const { runtime, bell, file, heard, listen } = make();
    bell.open();
    listen();
    await runtime.clock.advance(25 + 50 + 100 + 200 + 250);
    expect([heard.rings, runtime.clock.nextDelayMs()]).toEqual([0, 250]);
    file.version++;
    await runtime.clock.advance(250);
    expect([heard.rings, runtime.clock.nextDelayMs()]).toEqual([1, 25]);
  });

  it('does not ring a second time for a commit that was announced, but for one that came after it', async () => {
    const { runtime, bell, file, heard, listen } = make();
    bell.open();
    listen();
    file.version++;
    bell.ring();
    await runtime.clock.advance(25);
    expect(heard.rings).toBe(1);
    file.version++;
    await runtime.clock.advance(250);
    expect(heard.rings).toBe(2);
  });
});

it('counts the same listener twice when it listens twice', () => {
  const bell = new CommitBell(testRuntime());
  let rings = 0;
  const listener = (): void => void rings++;
  const off = bell.listen(listener);
  bell.listen(listener);
  bell.ring();
  off();
  off();
  bell.ring();
  expect(rings).toBe(3);
});
