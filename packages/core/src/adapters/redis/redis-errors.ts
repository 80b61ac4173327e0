/** What a failure says, whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Of all the classes of errors that ioredis throws only this name says that the server itself has answered. */
export const isReplyError = (error: unknown): boolean => error instanceof Error && error.name === 'ReplyError';
