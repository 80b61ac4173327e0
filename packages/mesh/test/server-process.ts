import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A server in a process of its own, which answers with its process id. */
export interface ServerProcess {
  readonly child: ChildProcess;
  readonly port: number;
}

const source = `
  const answerAfterMs = Number(process.argv[1]);
  let inFlight = 0;
  const server = require('node:http').createServer((request, response) => {
    inFlight++;
    setTimeout(() => response.end(String(process.pid), () => inFlight--), answerAfterMs);
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
  // ends as a service should: what was sent before the news of its drain has spread is still served, and then nobody is let in
  process.on('SIGTERM', () => setTimeout(() => server.close(() => process.exit(inFlight)), 300));
  process.stdin.on('end', () => process.exit()).resume();
`;

const children: ChildProcess[] = [];

/** @param answerAfterMs How long it thinks, so that some requests are in flight at any time. */
export async function startServer(answerAfterMs = 10): Promise<ServerProcess> {
  const child = spawn(process.execPath, ['-e', source, String(answerAfterMs)], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, port: Number(line) };
}

/** Kills what was started and is still there, stopped or not. */
export function killServers(): void {
  for (const child of children.splice(0)) child.kill('SIGKILL');
}
