export { APIGateway, type Listening, type ListenOptions } from './api-gateway.ts';
export type { Authenticator, Identity } from './authentication/authenticator.ts';
export type { FetchKeys } from './authentication/fetched-keys.ts';
export {
  type JwksFromOptions,
  jwksFrom,
  jwksFromDefaults,
  type KeysFetch,
  type KeysFetchAnswer,
  type KeysFetchRequest,
} from './authentication/jwks-from.ts';
export {
  type JwtAlgorithm,
  type JwtOptions,
  jwt,
  jwtDefaults,
  type RememberedTokens,
  rememberedTokensDefaults,
} from './authentication/jwt.ts';
export type { KeySet } from './authentication/key-set.ts';
export type { Authorization, AuthorizationRule } from './authorization/authorization-rule.ts';
export type { Policy, PolicyQuestion } from './authorization/authorized.ts';
export type { RolePermissions } from './authorization/role-permissions.ts';
export { type CorsRule, corsDefaults } from './cors/cors-rule.ts';
export { type GatewayErrors, gatewayErrors } from './errors.ts';
export type { GatewayOptions } from './gateway-options.ts';
export type { GatewayResponse } from './http/collected-response.ts';
export type { GatewayRequest } from './http/direct-request.ts';
export { type GatewayLimits, limitDefaults } from './http/limits.ts';
export type { RequestHeaders } from './http/request-headers.ts';
export type { ForwardingHeader } from './http/trusted-proxies.ts';
export type { IdentityJwk, IdentityKey } from './identity/identity-key.ts';
export { type IdentityOptions, identityDefaults } from './identity/identity-signer.ts';
export { type PrefixBits, prefixBitsDefaults } from './limits/address-prefix.ts';
export type { LimitHeaders } from './limits/limit-headers.ts';
export { type LimitBy, type LimitRule, limitRuleDefaults } from './limits/limit-rule.ts';
export { type LimitingOptions, limitingDefaults, type OnUnavailable } from './limits/limiting-options.ts';
export type { Answered, Middleware, Next } from './middleware/middleware.ts';
export type { MiddlewareRequest } from './middleware/middleware-request.ts';
export { MiddlewareStack, middlewareStack, type PlacedMiddleware } from './middleware/middleware-stack.ts';
export { Reply, type ReplyOptions, reply } from './middleware/reply.ts';
export type { FastifyInstanceLike, FastifyPluginLike, FastifyReplyLike, FastifyRequestLike } from './mount/fastify-plugin.ts';
export type { FetchOptions } from './mount/fetch-request.ts';
export type { NodeHandler, NodeUpgradeHandler } from './mount/node-mount.ts';
export type { AccessLogOptions } from './operation/access-log.ts';
export type { AccessRecord, AccessSink } from './operation/access-record.ts';
export type { ShownAddress } from './operation/client-prefix.ts';
export type { OperationOptions } from './operation/operation.ts';
export type { RedactionOptions } from './operation/redaction.ts';
export type { RequestIdsFrom } from './operation/request-id.ts';
export type { Problem } from './problem.ts';
export type { ConsideredRoute, RouteExplanation, WhyNot } from './routing/explain-route.ts';
export type { PlannedAspect, PlannedChange, PlannedTreatment, RoutePlan } from './routing/plan-routes.ts';
export type { RoutesState } from './routing/route-follower.ts';
export type { RouteMatch, RouteMethod, ValueMatch } from './routing/route-match.ts';
export { type CheckedRouteRule, type RouteRule, routeDefaults } from './routing/route-rule.ts';
