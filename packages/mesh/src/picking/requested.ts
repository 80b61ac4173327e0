import type { Call, LeaseHints, Random, RequestHeaders } from '@tutti/core';
import type { Pick } from '../balance/candidate.ts';
import type { HashSource } from '../policy/service-policy.ts';
import { hashText } from '../traffic/unit-hash.ts';
import { noTags, type Subset } from './picker.ts';
import { quickRandom } from './quick-random.ts';

/**
 * The request that is being picked for. One object serves all picks of a service, one after the other, since a pick is synchronous:
 * nothing is made for a pick.
 */
export class Requested implements Pick, Subset {
  now = 0;
  exclude: readonly string[] = noTags;
  hash = -1;
  inFlight = 0;
  tenant: string | undefined = undefined;
  principal: string | undefined = undefined;
  headers: RequestHeaders | undefined = undefined;
  version: string | undefined = undefined;
  tags: readonly string[] = noTags;
  readonly random: () => number;

  constructor(random: Random) {
    this.random = quickRandom(random);
  }

  set(now: number, hints: LeaseHints | undefined): void {
    this.now = now;
    this.exclude = hints?.exclude ?? noTags;
    this.tenant = hints?.tenant;
    this.principal = hints?.principal;
    this.headers = hints?.headers;
    this.version = hints?.version;
    this.tags = hints?.tags ?? noTags;
  }

  setCall(now: number, call: Call, headers: RequestHeaders | undefined): void {
    this.now = now;
    this.exclude = call.avoid;
    this.tenant = call.tenant;
    this.principal = call.principal;
    this.headers = headers;
    this.version = undefined;
    this.tags = noTags;
  }

  setHash(on: HashSource | undefined): void {
    const subject = on === undefined ? undefined : this.#subject(on);
    this.hash = subject === undefined ? -1 : hashText(subject) >>> 0;
  }

  #subject(on: HashSource): string | undefined {
    if (on === 'tenant') return this.tenant;
    if (on === 'principal') return this.principal;
    const value = this.headers?.[on.header.toLowerCase()];
    return typeof value === 'object' ? value[0] : value;
  }
}
