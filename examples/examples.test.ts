import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const examples = readdirSync(import.meta.dirname).filter((name) => /^\d\d-/.test(name));

describe('the examples', () => {
  it.each(examples)('%s prints what its page says', async (name) => {
    const child = spawn(process.execPath, ['--conditions=@tutti/source', join(import.meta.dirname, name, 'main.ts')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    const [code] = await once(child, 'close');
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: readFileSync(join(import.meta.dirname, name, 'expected.txt'), 'utf8'),
      stderr: '',
    });
  });

  it('include the one in the README, word for word', () => {
    const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
    expect(readme).toContain(readFileSync(join(import.meta.dirname, '01-first-event', 'main.ts'), 'utf8'));
  });
});
