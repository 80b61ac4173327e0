import type { Channel } from 'amqplib';

/**
 * Closes a channel. Resolves, too, when it was lost before, or when its connection ends before the broker has answered: the client never tells
 * those who wait for a channel to be closed, but it does tell that the channel is.
 */
export function closeChannel(channel: Channel): Promise<void> {
  return new Promise((resolve) => {
    channel.once('close', () => resolve());
    channel.close().then(resolve, () => resolve());
  });
}
