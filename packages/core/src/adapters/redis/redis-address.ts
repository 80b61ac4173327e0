import type { Rule } from '../../options/rules.ts';

/** Says nothing of the value itself: there may be a password in it. */
export const redisUrl: Rule = (value) =>
  typeof value === 'string' && URL.canParse(value) && /^rediss?:$/.test(new URL(value).protocol)
    ? undefined
    : 'must be a URL that begins with redis:// or rediss://';

export const redisUrls: Rule = (value) => {
  if (!Array.isArray(value) || value.length === 0) return 'must be an array of at least one URL';
  const wrong = value.findIndex((url) => redisUrl(url) !== undefined);
  return wrong === -1 ? undefined : `[${wrong}] ${redisUrl(value[wrong])}`;
};

/** Where it is, without user and password. */
export const hostOf = (url: string): string => new URL(url).host;

/** What every node of a cluster is told: the nodes that are found later are known by host and port only. */
export function accessOf(url: string): { readonly username?: string; readonly password?: string; readonly tls?: Record<string, never> } {
  const { username, password, protocol } = new URL(url);
  return {
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' && { tls: {} }),
  };
}
