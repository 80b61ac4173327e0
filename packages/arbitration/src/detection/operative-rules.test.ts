import { describe, expect, it } from 'vitest';
import { detectArbitration } from './detect-arbitration.ts';
import { operativeRules } from './operative-rules.ts';

/** Clauses that make or presuppose an agreement, by a rule that must see it. */
const examples: Readonly<Record<string, readonly string[]>> = {
  'A-DISPUTES-RESOLVED-BY': [
    'Any dispute arising out of this Agreement shall be finally settled by arbitration.',
    'All claims must be resolved, if not settled amicably within thirty (30) days, through final and binding arbitration.',
    'Such controversy shall be referred to, and finally resolved by, arbitration under the LCIA Rules.',
    'Every difference shall be referred to the sole arbitration of the Managing Director.',
  ],
  'A-AGREE-TO-RESOLVE': [
    `You and we agree to resolve any dispute or claim, ${'whether in contract, in tort or under any statute or rule, '.repeat(7)}through binding arbitration.`,
  ],
  'A-RESOLVED-BY': [
    'Either party may submit the matter to CIETAC for arbitration in Beijing.',
    'The buyer may apply for an arbitration in Miaoli County.',
    'The parties agree that the question be put before a panel of three arbitrators.',
  ],
  'A-IS-RESOLVED': ['Failing agreement, the rent is to be determined by an independent arbitrator.'],
  'A-SUBJECT-TO': [
    'This Note is subject to the arbitration provisions of the Loan Agreement.',
    'Each party hereby consents to arbitration in Geneva.',
  ],
  'A-ARBITRATE': [
    'You and Acme agree to arbitrate, in Santa Clara through JAMS, all claims.',
    'All disputes shall be arbitrated in accordance with Section 7.',
  ],
  'A-START': [
    'Either party may initiate arbitration after sixty days.',
    'We agree to pursue Arbitration as the preferred method of settling differences.',
  ],
  'A-EXCLUSIVE': ['Arbitration under this Section shall be the sole and exclusive remedy.'],
  'A-BINDING': ['Disputes: binding arbitration in Austin, Texas.'],
  'A-INSTITUTION': ['The matter shall be settled in Newport in accordance with the rules of the American Arbitration Association.'],
  'A-UNDER-RULES': ['Any dispute shall be finally resolved under the rules of the LCIA in London.'],
  'A-JUDGMENT-ON-AWARD': ['Judgment upon the award rendered by the arbitrators may be entered in any court.'],
  'A-AWARD-BINDS': ['The decision of the arbitrator shall be final and binding on the parties.'],
  'A-SEAT': ['The seat of the arbitration is Singapore.'],
  'A-APPOINTMENT': ['Each party shall appoint one arbitrator.'],
  'A-POWERS': ['The arbitrator may award interim relief.'],
  'A-COMMENCEMENT': ['A demand for arbitration is sent by registered mail.'],
  'A-THIS-CLAUSE': [
    'A party may ask a court to enforce the arbitration provisions of this Agreement.',
    'Section 12 requires binding arbitration of most matters.',
  ],
  'A-HEREUNDER': ['The hearing in an arbitration hereunder is private.'],
  'A-CLAUSE-NAMED': ['The Federal Arbitration Act governs.'],
  'A-COSTS': ['The parties share the fees of the arbitrators.'],
  'A-HEADING': ['Governing Law; Arbitration'],
};

it('has examples for every rule', () => {
  expect(Object.keys(examples).toSorted()).toEqual(operativeRules.map(({ id }) => id).toSorted());
});

describe.each(Object.entries(examples))('%s', (id, sentences) => {
  const decides = (operativeRules.find((rule) => rule.id === id)?.weight ?? 0) >= 0.5;
  it.each(sentences)('%s', (sentence) => {
    const detection = detectArbitration(sentence);
    expect(detection.evidence.map(({ ruleId }) => ruleId)).toContain(id);
    if (decides) expect(detection).toMatchObject({ hasArbitration: true, decidingSentence: sentence });
  });
});

it('does not decide on one weak sign, and does on several different ones', () => {
  const seat = 'The seat of the arbitration is Singapore.';
  expect(detectArbitration(seat).hasArbitration).toBe(false);
  expect(detectArbitration(`${seat} ${seat}`).hasArbitration).toBe(false);
  expect(detectArbitration(`${seat} Each party shall appoint one arbitrator.`).hasArbitration).toBe(true);
});
