import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkLaws } from '@tutti/core/testing';
import { deploymentPlatformLaws, FakePlatform } from '@tutti/deploy/testing';
import { describe, it } from 'vitest';
import { platformIn } from './processes.ts';

describe('the fake platform', () => {
  checkLaws(it, deploymentPlatformLaws, () => {
    const platform = new FakePlatform({ images: ['good:1', 'stubborn:1'] });
    return { platform, dispose: () => platform.close() };
  });
});

describe('local processes', () => {
  checkLaws(it, deploymentPlatformLaws, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tutti-deploy-'));
    const platform = platformIn(folder);
    await platform.open();
    return {
      platform,
      async dispose() {
        await platform.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  });
});
