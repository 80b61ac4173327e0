// @tutti/core/pino

import { LogLevel, Logger } from '@tutti/core';

export interface PinoLogger {
  isLevelEnabled(level: LogLevel): boolean;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export declare function pinoLogger(pino: PinoLogger): Logger;
