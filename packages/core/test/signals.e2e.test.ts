import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const entry = fileURLToPath(new URL('../src/index.ts', import.meta.url));

interface Ran {
  readonly child: ChildProcess;
  /** Resolves when the child has printed these words. */
  says(words: string): Promise<void>;
  readonly printed: () => string;
}

function run(closeMs: number): Ran {
  const program = `
    import { component, runUntilSignal } from ${JSON.stringify(entry)};
    const alive = setInterval(() => {}, 1_000);
    const part = component('part', {
      open: () => console.log('open'),
      close: () => new Promise((resolve) => setTimeout(() => { console.log('closed'); resolve(); }, ${closeMs})),
    });
    console.log(await runUntilSignal(part));
    clearInterval(alive);
  `;
  const child = spawn(process.execPath, ['--conditions=@tutti/source', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  return {
    child,
    printed: () => printed,
    async says(words) {
      while (!printed.includes(words)) await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data');
    },
  };
}

describe('a process that runs a component until a signal', () => {
  it('stops the component and ends by itself', async () => {
    const { child, says, printed } = run(20);
    await says('open');
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect([code, printed().trim().split('\n')]).toEqual([0, ['open', 'closed', 'SIGTERM']]);
  });

  it('ends at once at the second signal', async () => {
    const { child, says, printed } = run(60_000);
    await says('open');
    child.kill('SIGINT');
    const again = setInterval(() => child.kill('SIGINT'), 50);
    const [code] = await once(child, 'exit');
    clearInterval(again);
    expect([code, printed().trim()]).toEqual([130, 'open']);
  });
});
