/** What a failure says, whatever was thrown: also of what throws when it is looked at. */
export function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return 'something was thrown that cannot be shown';
  }
}
