// @tutti/deploy/service

import { Component, Duration, Runtime } from '@tutti/core';
import { RequestListener } from 'node:http';

export interface ManagedServiceOptions {
  readonly name: string;
  readonly listener: RequestListener;
  readonly parts?: readonly Component[];
  readonly drainTimeout?: Duration;
  readonly runtime?: Runtime;
}

export declare function managedService(options: ManagedServiceOptions): Promise<void>;
