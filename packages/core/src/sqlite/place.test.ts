import { mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { networkFileSystem, preparePlace } from './place.ts';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'tutti-place-')));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the place of a file', () => {
  it('is made, folder by folder, and the file is not', async () => {
    expect(await preparePlace(join(folder, 'a/b/c.db'))).toBe(join(folder, 'a/b/c.db'));
    expect(await readdir(join(folder, 'a/b'))).toEqual([]);
  });

  it('is known by its real path, through links to the folder and to the file', async () => {
    await writeFile(join(folder, 'real.db'), '');
    await symlink(folder, join(folder, 'folder-link'));
    await symlink(join(folder, 'real.db'), join(folder, 'file-link.db'));
    expect(await preparePlace(join(folder, 'folder-link/real.db'))).toBe(join(folder, 'real.db'));
    expect(await preparePlace(join(folder, 'folder-link/new.db'))).toBe(join(folder, 'new.db'));
    expect(await preparePlace(join(folder, 'file-link.db'))).toBe(join(folder, 'real.db'));
  });

  it('cannot be a folder, nor a device', async () => {
    await mkdir(join(folder, 'folder.db'));
    for (const path of [join(folder, 'folder.db'), '/dev/null']) {
      await expect(preparePlace(path)).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        details: { store: path, problem: expect.stringContaining('no regular file') },
      });
    }
  });

  it.each(['plain/x.db', 'plain/a/b/x.db'])('cannot be under a file: %s', async (path) => {
    await writeFile(join(folder, 'plain'), '');
    await expect(preparePlace(join(folder, path))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/its folder cannot be made \(.*plain.*\); name one where this user may write/),
    });
  });

  it.runIf(process.platform === 'linux')('cannot be where the system makes no folders, and finding out ends', async () => {
    await expect(preparePlace('/proc/no/such/folder/x.db')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('cannot be on a network file system', async () => {
    const path = join(folder, 'far.db');
    await expect(preparePlace(path, async () => 0x6969)).rejects.toMatchObject({
      code: 'STORE_UNSUPPORTED',
      message: expect.stringContaining(`${path} cannot be used: it lies on NFS`),
    });
    expect(await preparePlace(path, async () => 0xef53)).toBe(path);
  });
});

it('network file systems are known by number, also where the number is signed', () => {
  const names = [0x6969, 0x517b, 0xfe534d42, 0xff534d42 | 0, 0x65735546, 0x01021997, 0x00c36400].map(networkFileSystem);
  expect(names).toEqual(['NFS', 'SMB', 'SMB', 'CIFS', 'FUSE', '9P', 'Ceph']);
  const local = { ext: 0xef53, tmpfs: 0x01021994, xfs: 0x58465342, btrfs: 0x9123683e, overlay: 0x794c7630, zfs: 0x2fc12fc1, apfs: 0x1a };
  for (const type of Object.values(local)) expect(networkFileSystem(type)).toBeUndefined();
});
