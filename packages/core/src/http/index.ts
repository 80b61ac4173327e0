export type { Fields, FieldsByName } from './fields.ts';
export type { Framing } from './framing.ts';
export { type HttpErrors, httpErrors } from './http-errors.ts';
export { type Http1Address, Http1Connections, type Http1Options, http1Defaults } from './http1-connections.ts';
export { MessageReader, type MessageSink, type Understood } from './message-reader.ts';
export { type ReceivedRequest, wantsMore } from './received-request.ts';
export { RequestReader } from './request-reader.ts';
