/** A pattern of event types as a pattern of Lua, so that the server passes over what does not match; empty when everything does. */
export function namePattern(pattern: string): string {
  if (pattern === '**') return '';
  const segments = pattern.split('.').map((segment) => {
    if (segment === '**') return '.+';
    return segment === '*' ? '[^.]*' : segment.replaceAll('-', '%-');
  });
  return `^${segments.join('%.')}$`;
}
