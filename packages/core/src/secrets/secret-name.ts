import { coreError } from '../errors/core-errors.ts';

const longest = 200;
const segment = '[A-Za-z0-9_-][A-Za-z0-9._-]*';
const pattern = new RegExp(`^${segment}(/${segment})*$`);

/**
 * What every source takes as a name: nothing that leaves a folder, hides in one or means something in a URL.
 * The error does not show what was given: who mixes up name and value must not find the value in a log.
 * @throws INVALID_ARGUMENT
 */
export function checkSecretName(name: string): void {
  if (typeof name === 'string' && name.length <= longest && pattern.test(name)) return;
  throw coreError('INVALID_ARGUMENT', {
    path: 'name',
    problem: `must be segments of letters, digits, '.', '_' and '-', joined by '/', none beginning with a dot, at most ${longest} characters`,
  });
}
