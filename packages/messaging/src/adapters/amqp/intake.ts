import type { ConsumeMessage } from 'amqplib';
import type { AckChannel } from './ack-channel.ts';
import type { Source } from './source.ts';

/** Brings messages of a subscription's queues to its feed. */
export interface Intake {
  readonly sources: readonly Source[];
  /** @throws STORE_UNAVAILABLE. */
  want(max: number): Promise<void>;
  park(): Promise<void>;
  /** Writes the acknowledgements that are pending. */
  flush(): void;
  acknowledged(source: Source, consumerTag: string, now: number): void;
  close(): Promise<void>;
}

export interface IntakeEvents {
  arrived(source: Source, line: AckChannel, message: ConsumeMessage): void;
  /** The channel is gone, and with it everything that was delivered on it. */
  lost(line: AckChannel): void;
  /** The broker sends nothing more by itself. */
  ended(): void;
}
