import { gatewayError } from '../errors.ts';
import type { IncomingRequest } from './exchange.ts';
import type { GatewayLimits } from './limits.ts';

/** Headers of which a second one could be read instead of the first. */
const once = ['host', 'authorization', 'content-length'] as const;

/**
 * Refuses heads that two servers could understand in two ways, beyond what the HTTP parser refuses by itself.
 * @throws GATEWAY_BAD_REQUEST, GATEWAY_EXPECTATION_UNKNOWN; GATEWAY_TARGET_TOO_LONG, GATEWAY_HEADERS_TOO_LARGE
 */
export function checkHead(
  { headers, httpVersion, target }: IncomingRequest,
  { maxTargetBytes, maxHeaders }: Required<Pick<GatewayLimits, 'maxTargetBytes' | 'maxHeaders'>>,
): void {
  if (target.length > maxTargetBytes) throw gatewayError('GATEWAY_TARGET_TOO_LONG', { maxBytes: maxTargetBytes });
  if (headers.names.length > maxHeaders) throw gatewayError('GATEWAY_HEADERS_TOO_LARGE', {});
  for (const name of once) {
    if (headers.isRepeated(name)) throw gatewayError('GATEWAY_BAD_REQUEST', { problem: `the header ${name} came more than once` });
  }
  if (httpVersion !== '1.0' && headers.single('host') === undefined)
    throw gatewayError('GATEWAY_BAD_REQUEST', { problem: 'the header host is missing' });
  const coding = headers.combined('transfer-encoding');
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    throw gatewayError('GATEWAY_BAD_REQUEST', { problem: 'the only transfer encoding that is understood is chunked' });
  }
  const expected = headers.combined('expect');
  if (expected !== undefined && expected.toLowerCase() !== '100-continue') throw gatewayError('GATEWAY_EXPECTATION_UNKNOWN', {});
}
