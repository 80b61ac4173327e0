import { platformError } from '../errors.ts';

/**
 * An address as an option of the command line gives it.
 * @throws USAGE
 */
export function serverUrl(option: string, value: unknown, protocols: readonly string[]): string {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !protocols.includes(url.protocol))
    throw platformError('USAGE', { problem: `${option} needs an address such as ${protocols[0]}//127.0.0.1, got '${String(value)}'` });
  return String(value);
}
