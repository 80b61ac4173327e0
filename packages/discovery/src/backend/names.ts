import { matching, type Rule } from '@tutti/core';

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
