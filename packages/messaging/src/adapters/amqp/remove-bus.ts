import { defaultRuntime } from '@tutti/core';
import { rungs } from './delays.ts';
import { Names, type SubscriptionName } from './names.ts';
import { type AmqpTransportOptions, amqpTransportDefaults } from './options.ts';
import { amqpTransport } from './transport.ts';

/**
 * Removes a bus from its broker: its subscriptions with everything that waits in them, their dead letters, its history and its exchanges. For a bus whose
 * members have gone for good; one that is still there hears nothing any more. Dead letters of subscriptions that were forgotten before stay.
 * @throws INVALID_OPTIONS, STORE_UNAVAILABLE
 */
export async function removeAmqpBus(options: Pick<AmqpTransportOptions, 'url' | 'name'>): Promise<void> {
  const subscriptions = await forgetAll(options);
  const names = new Names(options.name ?? amqpTransportDefaults.name);
  const { connect } = await import('amqplib');
  const connection = await connect(options.url);
  try {
    const channel = await connection.createChannel();
    // what is not there is deleted as well, says the broker
    const queues = [...subscriptions.map((name) => names.dead(name)), names.history, names.presence, names.registry];
    for (const queue of queues) await channel.deleteQueue(queue);
    for (const exchange of [names.events, names.members, ...rungs.map((ms) => names.delays(ms))]) await channel.deleteExchange(exchange);
  } finally {
    await connection.close();
  }
}

async function forgetAll(options: Pick<AmqpTransportOptions, 'url' | 'name'>): Promise<readonly SubscriptionName[]> {
  const transport = amqpTransport(options);
  await transport.connect(defaultRuntime);
  try {
    const subscriptions = await transport.stats();
    for (const { group, pattern } of subscriptions) await transport.forget(group, pattern);
    return subscriptions;
  } finally {
    await transport.close();
  }
}
