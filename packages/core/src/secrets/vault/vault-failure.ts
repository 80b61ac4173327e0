import { coreError } from '../../errors/core-errors.ts';
import { TuttiError } from '../../errors/tutti-error.ts';

interface Details {
  readonly source: string;
  readonly secret: string;
  readonly problem: string;
}

/** No answer, or none that lasts: it may pass by itself. `problem` holds nothing that was sent or received. */
export function away(path: string, problem: string): TuttiError {
  return coreError('SECRET_UNAVAILABLE', { source: 'Vault', secret: path, problem });
}

/** Vault was asked and says no; asking again changes nothing. */
export function refused(path: string, problem: string): TuttiError {
  return coreError('SECRET_REFUSED', { source: 'Vault', secret: path, problem });
}

export function isRefused(error: unknown): error is TuttiError<'SECRET_REFUSED', Details> {
  return TuttiError.is(error, 'SECRET_REFUSED');
}

/** Whether it is the secret that is refused. A refused login says nothing about what was read before. */
export function refusesSecret(error: unknown): boolean {
  return isRefused(error) && !error.details.secret.startsWith('auth/');
}

/** The same failure under the name by which the secret was asked for; anything else is a mistake of ours and stays as it is. */
export function failureOf(secret: string, error: unknown): unknown {
  if (TuttiError.is<string>(error, 'SECRET_UNAVAILABLE')) return away(secret, (error.details as Details).problem);
  return TuttiError.is<string>(error, 'SECRET_REFUSED') ? refused(secret, (error.details as Details).problem) : error;
}

/** What went wrong, for the log. */
export function problemOf(error: unknown): string {
  return TuttiError.is(error) && typeof error.details === 'object' && error.details !== null && 'problem' in error.details
    ? String(error.details.problem)
    : String(error);
}

/** Of failures in a row the first, second, fourth, eighth …: a long outage must not fill the log. */
export function worthALine(count: number): boolean {
  return (count & (count - 1)) === 0;
}
