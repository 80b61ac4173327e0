// @tutti/core/inspect

import { AuditSink, Component, ErrorSpec, Handler, Inspectable, Runtime, Secret } from '@tutti/core';

export type Authorize = (request: Pick<InspectionRequest, 'method' | 'path' | 'headers'>) => Promise<InspectionGrant | undefined>;

export interface InspectErrors {
  readonly INSPECT_BAD_REQUEST: ErrorSpec<{
    problem: string;
  }>;
  readonly INSPECT_UNAUTHENTICATED: ErrorSpec<{
    problem: string;
  }>;
  readonly INSPECT_FORBIDDEN: ErrorSpec<{
    problem: string;
  }>;
  readonly INSPECT_UNKNOWN: ErrorSpec<{
    what: string;
  }>;
  readonly INSPECT_METHOD_NOT_ALLOWED: ErrorSpec<{
    method: string;
    allow: readonly string[];
  }>;
  readonly INSPECT_NOT_JSON: ErrorSpec<object>;
  readonly INSPECT_TOO_LARGE: ErrorSpec<{
    maxBytes: number;
  }>;
  readonly INSPECT_NOT_AUDITED: ErrorSpec<{
    action: string;
  }>;
  readonly INSPECT_LISTEN_FAILED: ErrorSpec<{
    host: string;
    port: number;
    problem: string;
  }>;
}

export interface InspectionGrant {
  readonly actor?: string;
  readonly act: boolean;
}

export interface InspectionIndex {
  readonly features: readonly {
    readonly feature: string;
    readonly resources: readonly {
      readonly name: string;
      readonly href: string;
    }[];
    readonly actions: readonly {
      readonly name: string;
      readonly destructive: boolean;
      readonly href: string;
      readonly details?: Readonly<Record<string, unknown>>;
    }[];
  }[];
}

export interface InspectionOptions {
  readonly inspectables: readonly Inspectable[];
  readonly audit: AuditSink;
  readonly token?: string | Secret;
  readonly authorize?: Authorize;
  readonly hosts?: readonly string[];
  readonly maxBodyBytes?: number;
  readonly runtime?: Runtime;
}

export interface InspectionRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: AsyncIterable<Uint8Array>;
}

export interface InspectionResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface InspectionServer extends Component {
  readonly url: string;
}

export interface InspectionServerOptions extends InspectionOptions {
  readonly host?: string;
  readonly port?: number;
}

export declare const inspectErrors: InspectErrors;

export declare const inspectionDefaults: {
  readonly hosts: readonly [
  ];
  readonly maxBodyBytes: 65536;
};

export declare function inspectionHandler(options: InspectionOptions): Handler<InspectionRequest, InspectionResponse>;

export declare const inspectionPages: {
  readonly defaultLimit: 100;
  readonly maxLimit: 1000;
};

export declare function inspectionServer(options: InspectionServerOptions): InspectionServer;

export declare const inspectionServerDefaults: {
  readonly host: "127.0.0.1";
  readonly port: 0;
};
