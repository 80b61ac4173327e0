import type { Rule } from '../../options/rules.ts';

/** Says nothing of the values themselves: there may be a password in them. */
export const etcdHosts: Rule = (value) => {
  if (!Array.isArray(value) || value.length === 0) return 'must be an array of at least one URL';
  const wrong = value.findIndex((url) => typeof url !== 'string' || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol));
  return wrong === -1 ? undefined : `[${wrong}] must be a URL that begins with http:// or https://`;
};

/** A member of the cluster. */
export interface EtcdHost {
  /** Host and port, without user and password. */
  readonly name: string;
  readonly url: URL;
  readonly user: { readonly name: string; readonly password: string } | undefined;
}

export function etcdHost(text: string): EtcdHost {
  const url = new URL(text);
  const user = url.username ? { name: decodeURIComponent(url.username), password: decodeURIComponent(url.password) } : undefined;
  url.username = '';
  url.password = '';
  return { name: url.host, url, user };
}
