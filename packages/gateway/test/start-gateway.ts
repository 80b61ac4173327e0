import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { GatewayLimits } from '../src/index.ts';

const program = fileURLToPath(new URL('gateway-process.ts', import.meta.url));

export interface GatewayProcess {
  readonly child: ChildProcess;
  readonly port: number;
}

/** A gateway in a process of its own, in front of one service; killed when the test ends. */
export async function startGateway(service: number, limits: GatewayLimits = {}): Promise<GatewayProcess> {
  const args = [...process.execArgv, '--conditions=@tutti/source', program, String(service), JSON.stringify(limits)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit').then(([code]) => {
    throw new Error(`the gateway's process ended with ${code} before it listened`);
  });
  const [line] = await Promise.race([once(child.stdout, 'data'), exited]);
  exited.catch(() => {}); // what follows is the test's to see
  return { child, port: Number(String(line)) };
}
