export { type AmqpHistory, type AmqpTransportOptions, amqpHistoryDefaults, amqpTransportDefaults } from './amqp/options.ts';
export { removeAmqpBus } from './amqp/remove-bus.ts';
export { amqpTransport } from './amqp/transport.ts';
