export { type AmqpHistory, type AmqpTransportOptions, amqpHistoryDefaults, amqpTransportDefaults } from './amqp/options.ts';
export { amqpTransport } from './amqp/transport.ts';
