import { describe, expect, it } from 'vitest';
import { detectArbitration } from '../detection/detect-arbitration.ts';
import { checkCompliance, complianceRules } from './check-compliance.ts';

const clause =
  'You agree that any dispute between you and us shall be resolved by binding arbitration under the Consumer Arbitration Rules of the American Arbitration Association. You agree that your account is yours.';

const check = (text: string) => checkCompliance(text, detectArbitration(text));
const finding = (text: string, ruleId: string) => check(text).findings.find((found) => found.ruleId === ruleId);

describe.each<readonly [string, readonly (readonly [string, string, string])[]]>([
  [
    'US-FED-EFAA-401',
    [
      ['fail', 'silent', clause],
      ['pass', 'an exception', `${clause} This does not apply to claims of sexual assault or sexual harassment.`],
    ],
  ],
  [
    'US-NJ-ATALESE',
    [
      ['fail', 'silent', clause],
      ['pass', 'a waiver', `${clause} You give up your right to go to court and to have a jury.`],
      ['pass', 'a contrast', clause.replace('arbitration under', 'arbitration rather than in court under')],
    ],
  ],
  [
    'US-CLASS-SEVER',
    [
      ['fail', 'a waiver alone', `${clause} You waive any right to a class action.`],
      [
        'pass',
        'a consequence',
        `${clause} You waive any right to a class action. If this class action waiver is found to be unenforceable, the claim is heard in court.`,
      ],
    ],
  ],
  [
    'GEN-OPTOUT',
    [
      ['unknown', 'silent', clause],
      ['unknown', 'no days', `${clause} You may opt out of arbitration by writing to us.`],
      ['unknown', 'no address', `${clause} You may opt out of arbitration by notice within 30 days of acceptance.`],
      ['fail', 'too few days', `${clause} You may opt out of arbitration by email to no@example.com within 14 days of acceptance.`],
      ['pass', 'days and address', `${clause} You may opt out of arbitration by email to no@example.com within 30 days of acceptance.`],
    ],
  ],
  [
    'EU-ODR-STALE',
    [
      ['fail', 'a link', 'Consumers may use [the platform](https://ec.europa.eu/consumers/odr/).'],
      ['unknown', 'no link', 'Consumers may use online dispute resolution.'],
    ],
  ],
])('%s', (ruleId, cases) => {
  it.each(cases)('%s: %s', (verdict, _, text) => {
    expect(finding(text, ruleId)).toMatchObject({ verdict, ruleVersion: 1 });
  });

  it('points into the text, and to a source of a certain day', () => {
    for (const [, , text] of cases) {
      const found = finding(text, ruleId);
      expect(found?.evidence.every(({ start, end }) => start >= 0 && start < end && end <= text.length)).toBe(true);
      expect(found?.source.asOf).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    }
  });
});

it('shows the stale link itself', () => {
  const text = 'See https://ec.europa.eu/consumers/odr/ for more.';
  expect(finding(text, 'EU-ODR-STALE')?.evidence.map(({ start, end }) => text.slice(start, end))).toEqual(['ec.europa.eu/consumers/odr']);
});

it('has nothing to say about a contract without arbitration', () => {
  const { findings, notApplicable } = check('You agree to pay. The courts of New York have jurisdiction over consumers and users.');
  expect(findings).toEqual([]);
  expect(notApplicable).toEqual(complianceRules.map(({ id }) => id));
});

it('does not hold companies to rules about individuals', () => {
  const text =
    'Any dispute between Buyer and Seller shall be finally settled by arbitration under the AAA Commercial Arbitration Rules in the State of New York.';
  expect(check(text).findings.map(({ ruleId }) => ruleId)).toEqual(['GEN-OPTOUT']);
});

it('says that it is no legal advice', () => {
  expect(check(clause).note).toContain('not legal advice');
});
