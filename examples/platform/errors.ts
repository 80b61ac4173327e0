import { defineErrors, type ErrorFactory, type ErrorSpec } from '@tutti/core';

interface PlatformErrors {
  readonly USAGE: ErrorSpec<{ problem: string }>;
  readonly FOLDER_NOT_WRITABLE: ErrorSpec<{ path: string; problem: string; option: string }>;
  readonly FOLDER_IN_USE: ErrorSpec<{ path: string; pid: number }>;
  readonly PORT_IN_USE: ErrorSpec<{ port: number }>;
  readonly FILE_UNREADABLE: ErrorSpec<{ file: string; problem: string }>;
  readonly DOCUMENT_UNKNOWN: ErrorSpec<{ documentId: string }>;
  readonly SERVICE_REFUSED: ErrorSpec<{ operation: string; code: string; problem: string }>;
  readonly SERVICE_FAILED: ErrorSpec<{ operation: string; status: number; problem: string }>;
  readonly ANALYSIS_LATE: ErrorSpec<{ documentId: string; seconds: number }>;
}

const platformErrors: PlatformErrors = {
  USAGE: { retryable: false, message: (d) => d.problem },
  FOLDER_NOT_WRITABLE: {
    retryable: false,
    message: (d) => `the folder ${d.path} cannot be written: ${d.problem}; choose another with ${d.option} FOLDER, or mend its permissions`,
  },
  FOLDER_IN_USE: {
    retryable: false,
    message: (d) =>
      `a platform is already running on ${d.path} (process ${d.pid}); stop it, or give this one a folder of its own with --data FOLDER`,
  },
  PORT_IN_USE: {
    retryable: false,
    message: (d) => `port ${d.port} is used by another program; choose another with --port NUMBER, or any free one with --port 0`,
  },
  FILE_UNREADABLE: { retryable: false, message: (d) => `${d.file} cannot be read: ${d.problem}` },
  DOCUMENT_UNKNOWN: { retryable: false, message: (d) => `there is no document ${d.documentId}` },
  SERVICE_REFUSED: { retryable: false, message: (d) => d.problem },
  SERVICE_FAILED: { retryable: true, message: (d) => `${d.operation} answered ${d.status}: ${d.problem}` },
  ANALYSIS_LATE: {
    retryable: true,
    message: (d) => `the analysis of ${d.documentId} was not done after ${d.seconds} s; it goes on, ask again later`,
  },
};

export const platformError: ErrorFactory<PlatformErrors> = defineErrors(platformErrors);
