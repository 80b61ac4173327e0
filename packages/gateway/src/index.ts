export { APIGateway, type Listening, type ListenOptions } from './api-gateway.ts';
export type { Authenticator, Identity } from './authentication/authenticator.ts';
export type { FetchKeys } from './authentication/fetched-keys.ts';
export { type JwksFromOptions, jwksFrom, jwksFromDefaults } from './authentication/jwks-from.ts';
export {
  type JwtAlgorithm,
  type JwtOptions,
  jwt,
  jwtDefaults,
  type RememberedTokens,
  rememberedTokensDefaults,
} from './authentication/jwt.ts';
export type { KeySet } from './authentication/key-set.ts';
export { type GatewayErrors, gatewayErrors } from './errors.ts';
export type { GatewayOptions } from './gateway-options.ts';
export type { GatewayResponse } from './http/collected-response.ts';
export type { GatewayRequest } from './http/direct-request.ts';
export { type GatewayLimits, limitDefaults } from './http/limits.ts';
export type { RequestHeaders } from './http/request-headers.ts';
export type { ForwardingHeader } from './http/trusted-proxies.ts';
export type { AccessLogOptions } from './operation/access-log.ts';
export type { AccessRecord, AccessSink } from './operation/access-record.ts';
export type { ShownAddress } from './operation/client-prefix.ts';
export type { OperationOptions } from './operation/operation.ts';
export type { RedactionOptions } from './operation/redaction.ts';
export type { RequestIdsFrom } from './operation/request-id.ts';
export type { Problem } from './problem.ts';
export { type RouteMethod, type RouteRule, routeDefaults } from './routing/route-rule.ts';
