/** Of all the classes of errors that ioredis throws only this name says that the server itself has answered. */
export const isReplyError = (error: unknown): boolean => error instanceof Error && error.name === 'ReplyError';
