import { EventEmitter } from 'node:events';
import type { Channel } from 'amqplib';
import { describe, expect, it } from 'vitest';
import { closeChannel } from './close-channel.ts';

const channelWith = (close: () => Promise<void>): Channel => Object.assign(new EventEmitter(), { close }) as unknown as Channel;

describe('closing a channel', () => {
  it('is over when the broker has answered, and when the channel was lost before', async () => {
    await closeChannel(channelWith(() => Promise.resolve()));
    await closeChannel(channelWith(() => Promise.reject(new Error('Channel closed'))));
  });

  it('is over when the connection ends before the broker answers, and not sooner', async () => {
    const channel = channelWith(() => new Promise(() => {}));
    let over = false;
    const closing = closeChannel(channel).then(() => {
      over = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(over).toBe(false);
    channel.emit('close');
    await closing;
  });
});
