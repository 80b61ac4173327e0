import { isIPv6 } from 'node:net';
import { matching, type Rule, shown } from '@tutti/core';

/** Names of services: they fit into the keys and paths of every registry without being escaped. */
export const serviceNameRule: Rule = matching(
  "1 to 128 letters, digits, '.', '_' and '-', the first a letter or digit",
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
);

/** Ids of instances: the same, with the colon of an address. */
export const instanceIdRule: Rule = matching(
  "1 to 128 letters, digits, '.', ':', '_' and '-', the first a letter or digit",
  /^[A-Za-z0-9][A-Za-z0-9.:_-]{0,127}$/,
);

const hostName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$/;

/** What stands for a host in a URL: anything else would be read there as something else. */
export const hostRule: Rule = (value) =>
  typeof value === 'string' && (hostName.test(value) || isIPv6(value))
    ? undefined
    : `must be a host name or an address, got ${shown(value)}`;
