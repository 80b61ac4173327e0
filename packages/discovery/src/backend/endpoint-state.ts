import { oneOf, type Rule } from '@tutti/core';

/** A state that a life can have. */
export const endpointState: Rule = oneOf('ready', 'unhealthy', 'draining');
