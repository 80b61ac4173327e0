import { type Candidate, type Pick, usable } from './candidate.ts';

/**
 * Whether a candidate has room under the bound of consistent hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam,
 * 2016): never more than `factor` times the mean, rounded up, of the requests under way.
 */
export function hasRoom(candidate: Candidate, pick: Pick, candidates: number, factor: number): boolean {
  if (!usable(candidate, pick)) return false;
  return factor === Number.POSITIVE_INFINITY || candidate.inFlight < Math.ceil(((pick.inFlight + 1) * factor) / candidates);
}
