import { RequestHeaders } from './request-headers.ts';

/** Without userinfo, which is a secret, and without a fragment, which is never sent. */
const absoluteForm = /^https?:\/\/([^/?#@]+)([/?][^#]*)?$/i;

/**
 * A target in absolute form, as clients send it that take the gateway for a proxy: its host counts, whatever the Host header says (RFC 9112,
 * section 3.2.2), so that nobody routes by one and serves by the other. Everything else stays as it is, and is refused later if it is wrong.
 */
export function originForm(target: string, headers: RequestHeaders): { readonly target: string; readonly headers: RequestHeaders } {
  const parts = target.startsWith('/') ? undefined : absoluteForm.exec(target);
  if (!parts || headers.single('host') === undefined) return { target, headers };
  const [, host = '', rest = ''] = parts;
  const raw = headers.names.flatMap((name, index) => [
    headers.raw[2 * index] as string,
    name === 'host' ? host : (headers.raw[2 * index + 1] as string),
  ]);
  return { target: rest.startsWith('/') ? rest : `/${rest}`, headers: new RequestHeaders(raw) };
}
