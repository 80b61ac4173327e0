// @tutti/core/files

import { ConfigLimits, ConfigStore, Duration, Runtime } from '@tutti/core';

export interface FileConfigStoreOptions extends ConfigLimits {
  readonly folder: string;
  readonly lookEvery?: Duration;
  readonly runtime?: Runtime;
}

export declare function fileConfigStore(options: FileConfigStoreOptions): ConfigStore;

export declare const fileConfigStoreDefaults: {
  readonly maxHistory: 100;
  readonly maxValueBytes: 65536;
  readonly lookEvery: "1s";
};
