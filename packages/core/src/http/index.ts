export { type HttpErrors, httpErrors } from './http-errors.ts';
export { type Http1Address, Http1Connections, type Http1Options, http1Defaults } from './http1-connections.ts';
