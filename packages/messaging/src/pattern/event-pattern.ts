import { coreError } from '@tutti/core';

/** Whether an event type matches. */
export type TypeMatcher = (type: string) => boolean;

const wellFormed = /^(?:\*\*|(?:\*|[a-z\d_-]+)(?:\.(?:\*|[a-z\d_-]+))*(?:\.\*\*)?)$/;

/**
 * Compiles a pattern: dotted segments, where `*` stands for exactly one segment and `**`, as the last, for one or more.
 * A match allocates nothing.
 * @throws INVALID_ARGUMENT for anything else.
 */
export function compilePattern(pattern: string): TypeMatcher {
  if (typeof pattern !== 'string' || !wellFormed.test(pattern)) {
    throw coreError('INVALID_ARGUMENT', {
      path: 'pattern',
      problem: `must be dotted words, * for one or ** at the end for several, got '${pattern}'`,
    });
  }
  if (pattern === '**') return () => true;
  const open = pattern.endsWith('.**');
  const fixed = open ? pattern.slice(0, -3) : pattern;
  if (fixed.includes('*')) return bySegments(fixed.split('.'), open);
  const prefix = `${fixed}.`;
  return open ? (type) => type.length > prefix.length && type.startsWith(prefix) : (type) => type === fixed;
}

/** @param open Whether one or more segments must follow those given. */
function bySegments(segments: readonly string[], open: boolean): TypeMatcher {
  const lastIndex = segments.length - 1;
  return (type) => {
    let at = 0;
    for (let index = 0; ; index++) {
      const segment = segments[index] as string;
      const dot = type.indexOf('.', at);
      const end = dot === -1 ? type.length : dot;
      if (segment !== '*' && (end - at !== segment.length || !type.startsWith(segment, at))) return false;
      if (index === lastIndex) return open === (dot !== -1);
      if (dot === -1) return false;
      at = dot + 1;
    }
  };
}
