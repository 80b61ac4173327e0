/** The largest upload, the same at the gateway and in the service. */
export const maxDocumentBytes: number = 20 * 1024 * 1024;
