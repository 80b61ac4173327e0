import { checkOptions } from '../../options/check-options.ts';
import { finiteNumber, flag, objectWith, oneOf, wholeNumber } from '../../options/rules.ts';

/** What happens to the bytes of one direction. Without any of it they pass as they come. */
export interface StreamFaults {
  /** Each byte arrives so much later; order is kept, and bytes on their way do not wait for each other. */
  readonly latencyMs?: number;
  /** Added to the latency: a random part of it. */
  readonly jitterMs?: number;
  readonly bytesPerSecond?: number;
  /** Bytes go on in pieces of at most so many, a millisecond apart, so that the other end reads them one by one. */
  readonly sliceBytes?: number;
  /** Bytes are read and vanish; nobody is told. */
  readonly blackHole?: boolean;
  /** Instead of the byte after so many the connection ends, both sides of it. Counted from the change that set it, on each connection. */
  readonly endAfterBytes?: number;
}

/** What a proxy does, to connections that are open already as well. */
export interface TcpFaults {
  /**
   * New connections are forwarded; or accepted and then left alone, as by a machine that hangs (`half-open`); or refused, as by a port that
   * nobody listens on.
   */
  readonly connect?: 'forward' | 'half-open' | 'refuse';
  readonly toTarget?: StreamFaults;
  readonly toClient?: StreamFaults;
  /** The request reaches the target, and as the answer begins the connection ends: the client cannot know whether it was done. */
  readonly cutAfterRequest?: boolean;
  /** How connections end where a fault ends them: properly (FIN), or as after a crash (RST). Default `cut`. */
  readonly ending?: 'cut' | 'reset';
}

export type Direction = 'toTarget' | 'toClient';

export function streamFaults(faults: TcpFaults, direction: Direction): StreamFaults {
  return direction === 'toClient' && faults.cutAfterRequest ? { ...faults.toClient, endAfterBytes: 0 } : (faults[direction] ?? {});
}

const ms = finiteNumber({ min: 0 });

/** @throws INVALID_OPTIONS naming the path. */
export function checkedFaults(path: string, faults: TcpFaults): TcpFaults {
  checkOptions<TcpFaults, object>(path, faults, {
    optional: {
      connect: oneOf('forward', 'half-open', 'refuse'),
      toTarget: objectWith('faults of a direction'),
      toClient: objectWith('faults of a direction'),
      cutAfterRequest: flag,
      ending: oneOf('cut', 'reset'),
    },
  });
  for (const direction of ['toTarget', 'toClient'] as const) {
    checkOptions<StreamFaults, object>(`${path}.${direction}`, faults[direction], {
      optional: {
        latencyMs: ms,
        jitterMs: ms,
        bytesPerSecond: finiteNumber({ min: 1 }),
        sliceBytes: wholeNumber({ min: 1 }),
        blackHole: flag,
        endAfterBytes: wholeNumber(),
      },
    });
  }
  return faults;
}
