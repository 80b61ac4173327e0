import type { Reading } from './compliance-rule.ts';

const unitedStates =
  /\bunited states\b|\bu\.s\.|\busa\b|\bfederal arbitration act\b|\b(?:state|commonwealth|laws) of (?:alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi|missouri|montana|nebraska|nevada|new hampshire|new jersey|new mexico|new york|north carolina|north dakota|ohio|oklahoma|oregon|pennsylvania|rhode island|south carolina|south dakota|tennessee|texas|utah|vermont|virginia|washington|west virginia|wisconsin|wyoming)\b/g;
const individual = /\b(?:consumers?|employees?|your account|you agree|you and (?:we|us)|you waive|users?)\b/g;

/** Whether the text points to the law of the United States: by name, by statute, or by an American institution. */
export function pointsToUnitedStates({ attributes, find }: Reading): boolean {
  return attributes.providers.some((id) => ['AAA', 'JAMS', 'NAM', 'ADR Services', 'NAF'].includes(id)) || find(unitedStates).length > 0;
}

/** Whether a single person is bound: a consumer, a user, an employee. Contracts between companies do not speak so. */
export function bindsIndividuals({ find }: Reading): boolean {
  return find(individual).length >= 3;
}
