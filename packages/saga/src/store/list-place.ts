import { coreError, type TuttiError } from '@tutti/core';

/** Where a page of sagas ends, the newest first: by creation and id. */
export interface ListPlace {
  readonly createdAt: number;
  readonly id: string;
}

export const writePlace = ({ createdAt, id }: ListPlace): string => JSON.stringify([createdAt, id]);

/** @throws INVALID_ARGUMENT when it is not what `writePlace` wrote. */
export function readPlace(after: string): ListPlace {
  let place: unknown;
  try {
    place = JSON.parse(after);
  } catch {
    throw noPlace();
  }
  if (!Array.isArray(place) || typeof place[0] !== 'number' || typeof place[1] !== 'string') throw noPlace();
  return { createdAt: place[0], id: place[1] };
}

export const noPlace = (): TuttiError =>
  coreError('INVALID_ARGUMENT', { path: 'list.after', problem: 'must be the next of a page before' });
