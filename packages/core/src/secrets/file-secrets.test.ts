import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, testRuntime } from '../testing/index.ts';
import { fileSecrets } from './index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, text: string | Uint8Array, mode = 0o644): void => {
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), mode); // whatever the umask
};

/** As the kubelet does it: a new folder, and one rename that makes all names lead there. */
function mountVersion(version: string, secrets: Readonly<Record<string, string>>): void {
  mkdirSync(join(folder, `..${version}`));
  for (const [name, text] of Object.entries(secrets)) {
    writeFileSync(join(folder, `..${version}`, name), text);
    symlinkSync(join('..data', name), join(folder, `${name}.new`));
    renameSync(join(folder, `${name}.new`), join(folder, name));
  }
  symlinkSync(`..${version}`, join(folder, '..data.new'));
  renameSync(join(folder, '..data.new'), join(folder, '..data'));
}

describe('secrets from files', () => {
  it.each([
    ['text', 'text'],
    ['text\n', 'text'],
    ['text\r\n', 'text'],
    ['text\n\n', 'text\n'],
    ['text ', 'text '],
    ['\n', ''],
    ['\uFEFFtext', '\uFEFFtext'],
  ])('are %j without one line break at the end: %j', async (written, read) => {
    put('key', written);
    expect((await fileSecrets({ folder }).get('key'))?.reveal()).toBe(read);
  });

  it('follow the swap of a Kubernetes mount, for who asks and who watches', async () => {
    const runtime = testRuntime();
    const source = fileSecrets({ folder, runtime });
    const heard: (string | undefined)[] = [];
    mountVersion('2026_01', { key: 'old', other: 'same' });
    const end = source.watch('key', (secret) => heard.push(secret?.reveal()));
    await eventually('the first value', () => heard.length === 1);
    mountVersion('2026_02', { key: 'new', other: 'same' });
    rmSync(join(folder, '..2026_01'), { recursive: true });
    expect((await source.get('key'))?.reveal()).toBe('new');
    await runtime.clock.advance(6_000);
    await eventually('the second value', () => heard.length === 2);
    expect(heard).toEqual(['old', 'new']);
    end();
    expect(runtime.clock.nextDelayMs()).toBeUndefined();
  });

  it('are refused when others may write them, and when they lead out of the folder', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'tutti-outside-'));
    writeFileSync(join(outside, 'stolen'), 'canary-4711');
    put('writable', 'canary-4711', 0o666);
    put('group', 'canary-4711', 0o620);
    symlinkSync(join(outside, 'stolen'), join(folder, 'link'));
    symlinkSync(outside, join(folder, 'way-out'));
    symlinkSync('loop', join(folder, 'loop'));
    mkdirSync(join(folder, 'folder'));
    put('binary', Uint8Array.of(0xff, 0xfe));
    const source = fileSecrets({ folder });
    for (const name of ['writable', 'group', 'link', 'way-out/stolen', 'loop', 'folder', 'binary']) {
      const refusal = await source.get(name).catch((error: unknown) => error);
      expect(refusal, name).toMatchObject({ code: 'SECRET_REFUSED', retryable: false });
      expect(String(refusal)).not.toContain('canary');
    }
    rmSync(outside, { recursive: true });
  });

  it('may have to be for their owner alone', async () => {
    put('shared', 'text', 0o444);
    put('private', 'text', 0o400);
    expect((await fileSecrets({ folder }).get('shared'))?.reveal()).toBe('text');
    const strict = fileSecrets({ folder, others: 'nobody' });
    await expect(strict.get('shared')).rejects.toMatchObject({
      code: 'SECRET_REFUSED',
      details: { problem: 'the mode of the file is 0444; take 0044 away' },
    });
    expect((await strict.get('private'))?.reveal()).toBe('text');
  });

  it('are refused when they are too large, at any size', async () => {
    put('exact', 'x'.repeat(1_000));
    put('over', 'x'.repeat(1_001));
    const source = fileSecrets({ folder, maxBytes: 1_000 });
    expect((await source.get('exact'))?.reveal()).toHaveLength(1_000);
    await expect(source.get('over')).rejects.toMatchObject({ code: 'SECRET_REFUSED' });
    symlinkSync('/dev/zero', join(folder, 'endless'));
    await expect(source.get('endless')).rejects.toMatchObject({ code: 'SECRET_REFUSED' });
  });

  it('cannot be told from a missing mount by being absent: without the folder they are unavailable', async () => {
    const source = fileSecrets({ folder: join(folder, 'not-mounted') });
    await expect(source.get('key')).rejects.toMatchObject({ code: 'SECRET_UNAVAILABLE', retryable: true });
  });

  it('name the option that is wrong', () => {
    // @ts-expect-error a duration has a unit
    expect(() => fileSecrets({ folder, pollInterval: 5 })).toThrow('fileSecrets.pollInterval must be a duration');
    // @ts-expect-error the folder is required
    expect(() => fileSecrets({})).toThrow('fileSecrets.folder is missing');
  });
});
