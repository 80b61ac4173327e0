import type { Channel } from 'amqplib';
import { closeChannel } from './close-channel.ts';

/** A channel and what was delivered on it and is not settled. Tags mean nothing on any other, so a stale one never reaches a channel. */
export class AckChannel {
  readonly channel: Channel;
  alive = true;
  /** Tags that were delivered, in their order; true when they are to be acknowledged. */
  readonly #outstanding = new Map<number, boolean>();
  #pending = 0;

  constructor(channel: Channel, onLost: () => void) {
    this.channel = channel;
    const lost = (): void => {
      if (!this.alive) return;
      this.alive = false;
      onLost();
    };
    channel.on('error', lost);
    channel.on('close', lost);
  }

  delivered(tag: number): void {
    this.#outstanding.set(tag, false);
  }

  /** Everything that was delivered before is acknowledged. */
  isOldest(tag: number): boolean {
    for (const [one, acknowledged] of this.#outstanding) if (one === tag || !acknowledged) return one === tag;
    return false;
  }

  /** False when the channel is gone, and the message with it. */
  acknowledge(tag: number): boolean {
    if (!this.alive || this.#outstanding.get(tag) !== false) return false;
    this.#outstanding.set(tag, true);
    this.#pending++;
    return true;
  }

  /** Gives back to the broker, which counts it as a delivery. */
  requeue(tag: number): void {
    if (!this.alive || !this.#outstanding.delete(tag)) return;
    this.channel.nack(tagged(tag), false, true);
  }

  /** Writes what is pending: one frame for all from the oldest on without a gap, then one each. */
  flush(): void {
    if (!this.alive || this.#pending === 0) return;
    let upTo = 0;
    for (const [tag, acknowledged] of this.#outstanding) {
      if (!acknowledged) break;
      upTo = tag;
      this.#outstanding.delete(tag);
      this.#pending--;
    }
    if (upTo > 0) this.channel.ack(tagged(upTo), true);
    if (this.#pending === 0) return;
    for (const [tag, acknowledged] of this.#outstanding) {
      if (!acknowledged) continue;
      this.#outstanding.delete(tag);
      this.channel.ack(tagged(tag));
      if (--this.#pending === 0) return;
    }
  }

  async close(): Promise<void> {
    this.flush();
    if (!this.alive) return;
    this.alive = false;
    await closeChannel(this.channel);
  }
}

/** The part of a message that acknowledging looks at. */
const tagged = (deliveryTag: number): Parameters<Channel['ack']>[0] => ({ fields: { deliveryTag } }) as Parameters<Channel['ack']>[0];
