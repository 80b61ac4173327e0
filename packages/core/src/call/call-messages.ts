import type { Runtime } from '../runtime/runtime.ts';
import type { Call } from './call.ts';
import { type CallAttributes, readCallAttributes, writeCallAttributes } from './call-attributes.ts';

/** CloudEvents AMQP binding 1.0.2, section 3.1.3.1: `_` is preferred, because JMS knows no `:`. */
const amqpPrefix = 'cloudEvents_';
const amqpPrefixes = [amqpPrefix, 'cloudEvents:'];

/** CloudEvents Kafka binding 1.0.2, section 3.2.3.1. */
const kafkaPrefix = 'ce_';

/** Adds the call to the headers of an AMQP message. */
export function writeCallAmqp(call: Call, headers: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(writeCallAttributes(call))) headers[`${amqpPrefix}${name}`] = value;
}

/** Begins a call from the headers of an AMQP message; anything malformed is treated as absent. */
export function readCallAmqp(headers: Readonly<Record<string, unknown>> | undefined, runtime: Runtime): Call {
  const attributes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const prefix = amqpPrefixes.find((one) => name.startsWith(one));
    if (prefix) attributes[name.slice(prefix.length)] = value;
  }
  return readCallAttributes(attributes, runtime);
}

/** Adds the call to the headers of a Kafka record, as UTF-8. */
export function writeCallKafka(call: Call, headers: Record<string, Uint8Array>): void {
  const encoder = new TextEncoder();
  for (const [name, value] of Object.entries(writeCallAttributes(call) satisfies CallAttributes)) {
    headers[`${kafkaPrefix}${name}`] = encoder.encode(value);
  }
}

/** Begins a call from the headers of a Kafka record; anything malformed, or that came twice, is treated as absent. */
export function readCallKafka(headers: Readonly<Record<string, unknown>> | undefined, runtime: Runtime): Call {
  const decoder = new TextDecoder();
  const attributes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (!name.startsWith(kafkaPrefix)) continue;
    if (value instanceof Uint8Array) attributes[name.slice(kafkaPrefix.length)] = decoder.decode(value);
    else if (typeof value === 'string') attributes[name.slice(kafkaPrefix.length)] = value;
  }
  return readCallAttributes(attributes, runtime);
}
