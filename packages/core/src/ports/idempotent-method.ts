const idempotentMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** Whether a request of this method may be sent a second time (RFC 9110, section 9.2.2). Methods are told apart by case. */
export function isIdempotentMethod(method: string): boolean {
  return idempotentMethods.has(method);
}
