import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What a process that floods a bus is told. */
export interface FloodTask {
  /** The file of an SQLite transport; absent for memory. */
  readonly path?: string;
  readonly seconds: number;
  /** False in a control: neither the store nor the bus has a limit. */
  readonly bounded: boolean;
  /** Publishing waits for room, in loops that wait for it, instead of being refused. */
  readonly waits?: boolean;
  readonly maxInFlight: number;
  /** Of text in each event. */
  readonly bytes: number;
}

export interface Flooded {
  /** By how much the resident memory of the process grew, at most. */
  readonly grownBytes: number;
  readonly stored: number;
  /** With MESSAGING_BACKPRESSURE. */
  readonly refused: number;
  /** With anything else. */
  readonly failed: number;
  readonly handled: number;
  /** Publishes whose promise was open at the end of a turn, at most. */
  readonly mostInFlight: number;
}

const program = fileURLToPath(new URL('./programs/flood.ts', import.meta.url));

/** The young generation has its full size from the beginning: when V8 makes it larger says nothing of the bus. */
const flags = ['--conditions=@tutti/source', '--min-semi-space-size=16', '--max-semi-space-size=16'];

export async function flood(task: FloodTask): Promise<Flooded> {
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, JSON.stringify(task)]);
  return JSON.parse(stdout) as Flooded;
}
