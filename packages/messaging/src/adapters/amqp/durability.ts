import type { Durability, DurabilityWarning } from '@tutti/core';
import type { Link } from './link.ts';
import type { AmqpSettings } from './options.ts';

/** What a confirmation is worth, in words. */
export function amqpDurability(link: Link, { queueType }: AmqpSettings, found: readonly DurabilityWarning[]): Durability {
  const { product = 'the broker', version = 'of an unknown version' } = link.serverProperties;
  const quorum =
    'An event is acknowledged when a majority of the nodes that hold each quorum queue has written it to disk: it outlives the processes, restarts and the loss of a minority of nodes. On a cluster of one node it is lost with its disk.';
  const classic =
    'An event is acknowledged when the node that holds each classic queue has written it to disk: it outlives processes and restarts, and is lost with the disk of that node.';
  const warnings = queueType === 'classic' ? [weak, ...found] : found;
  return { acknowledged: `${queueType === 'quorum' ? quorum : classic} The broker is ${String(product)} ${String(version)}.`, warnings };
}

const weak: DurabilityWarning = {
  name: 'rabbitmq-classic-queue',
  message: "queueType is 'classic': each queue is on one node only, and gone with it; use quorum queues where events must not be lost",
};
