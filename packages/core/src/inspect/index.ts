export type { Authorize, InspectionGrant } from './access.ts';
export { type InspectErrors, inspectErrors } from './inspect-errors.ts';
export { type InspectionOptions, inspectionDefaults, inspectionHandler, inspectionPages } from './inspection-handler.ts';
export type { InspectionIndex } from './inspection-index.ts';
export type { InspectionRequest, InspectionResponse } from './inspection-message.ts';
export { type InspectionServer, type InspectionServerOptions, inspectionServer, inspectionServerDefaults } from './inspection-server.ts';
