import { describe, expect, it } from 'vitest';
import { detectArbitration } from './detect-arbitration.ts';
import { exclusionRules } from './exclusion-rules.ts';

/** Sentences that mention arbitration and agree on nothing, by the rule that must see it. */
const examples: Readonly<Record<string, readonly string[]>> = {
  'X-PROCEEDINGS-THEN': [
    'If any action is brought under this Agreement, whether by suit, arbitration or otherwise, the winner recovers its fees.',
    'Developer shall defend Franchisor from all claims, lawsuits, complaints, arbitrations, demands and costs.',
    'The fees apply whether incurred at trial, on appeal or in arbitration.',
    'Losses include court costs, arbitration fees, fines and penalties.',
  ],
  'X-THEN-PROCEEDINGS': [
    'Expenses of arbitration or other proceedings are borne by the Supplier.',
    'If any arbitration, litigation, action, suit, or other proceeding is instituted, the prevailing party recovers its costs.',
    'Executive has instituted no grievance, arbitration, lawsuit or administrative proceeding.',
  ],
  'X-BODIES-THEN': [
    'The Company is bound by no order of any court, administrative agency or arbitrator.',
    'If any clause is declared null by any court, arbitrator or governmental agency, the rest stands.',
    'If a mediator, arbitrator, or court holds that a provision is invalid, the others stay.',
    'The Executive may disclose the terms to the court or arbitrator.',
  ],
  'X-THEN-BODIES': [
    'A ruling of an arbitrator or of a competent court may end the licence.',
    'The findings of an arbitrator, mediator or judge are public.',
  ],
  'X-BODY-KIND': ['"Regulator" includes every governmental, judicial or arbitral body with authority over a party.'],
  'X-EXPERT': [
    'The accountant shall act as an expert and not as an arbitrator.',
    'The valuer shall not be deemed an arbitrator, and his decision shall be final.',
  ],
  'X-NEGATED': [
    'Claims under this Section shall not be submitted to binding arbitration.',
    'No party is required to submit to any arbitration.',
  ],
  'X-NOT-DEEMED': ['Nothing in this Agreement shall be construed as an agreement to submit disputes to arbitration.'],
  'X-WITHOUT': ['Disputes shall be decided by the courts of Delaware, without recourse to arbitration.'],
  'X-WAIVED': [
    'Employee waives any right he may have to arbitration and submits to the courts of Michigan.',
    'Arbitration is not available under this Agreement.',
  ],
  'X-NOT-CURRENTLY': [
    'We are not obliged and not willing to participate in dispute resolution proceedings before a consumer arbitration board.',
  ],
  'X-FUTURE-CONSENT': ['The parties may mutually agree in writing to submit a given dispute to arbitration.'],
  'X-PENDING': ['There is no claim pending or, to its knowledge, threatened against the Seller in any arbitration.'],
  'X-DEFINITION': [
    '"Order" means any award, decision, injunction or judgment entered or issued by any arbitrator.',
    '“Law” means any statute, rule, order or arbitration award.',
  ],
  'X-SEVERABILITY': ['If any covenant is determined by an arbitrator to be too broad and therefore unenforceable, it is narrowed.'],
  'X-COMMITTEE': ['You agree to comply with the decisions of bodies that a project has set up (such as arbitration committees).'],
  'X-OTHER-KIND': ['The Player is eligible for salary arbitration after three seasons.'],
  'X-OTHER-SOURCE': [
    'Grievances are subject to the arbitration provisions of the collective bargaining agreement.',
    'Under the Data Privacy Framework an individual may invoke binding arbitration.',
    'You may, under certain conditions, invoke binding arbitration for complaints that remain.',
  ],
  'X-APPOINTED-BY': ['The price is set by an appraiser appointed by the American Arbitration Association.'],
};

it('has examples for every rule', () => {
  expect(Object.keys(examples).toSorted()).toEqual(exclusionRules.map(({ id }) => id).toSorted());
});

describe.each(Object.entries(examples))('%s', (id, sentences) => {
  it.each(sentences)('%s', (sentence) => {
    const detection = detectArbitration(`The price is ten dollars. ${sentence} Notices are sent by mail.`);
    expect(detection.excluded.map(({ ruleId }) => ruleId)).toContain(id);
    expect(detection.hasArbitration).toBe(false);
  });
});

describe('leaves an agreement alone that looks alike', () => {
  it.each([
    'Any dispute, claim or controversy shall be settled by arbitration, and any action to enforce the award may be brought in court.',
    'The parties waive their right to a jury and agree that all claims will be resolved by binding arbitration.',
    'Disputes will NOT be resolved in court but by final and binding arbitration.',
    'A dispute shall be submitted to mediation and, failing that, to arbitration before one or more arbitrators.',
    'Any dispute over an Order shall be finally settled by arbitration under the rules of the ICC.',
    'Any dispute shall be submitted to binding arbitration, and pending the award, which may be brought before any court, the parties go on.',
    'The parties agree to resolve all claims by arbitration, and if this clause is held invalid, the rest stands.',
    'The Company may seek an injunction without waiving its right to arbitration, which is binding arbitration under Section 9.',
    'All disputes, including any claim that this provision is void, shall be referred to a sole arbitrator.',
  ])('%s', (sentence) => {
    expect(detectArbitration(sentence).hasArbitration).toBe(true);
  });
});

it('keeps the offsets of what it took out', () => {
  const text = 'In any **litigation**,\narbitration or other proceeding, costs are shared.';
  expect(detectArbitration(text).excluded.map(({ start, end }) => text.slice(start, end))).toEqual(['arbitration']);
});
