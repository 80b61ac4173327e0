import { bindsIndividuals, pointsToUnitedStates } from '../circumstances.ts';
import type { ComplianceRule } from '../compliance-rule.ts';

const named =
  /\bsexual(?:ly)? (?:assault|harass\w*|misconduct)\b|\b9 u\.?s\.?c\.? (?:§+ ?|sections? )?40[12]\b|\bending forced arbitration\b/g;

/** The exception need not be written for the Act to hold, so a clause that is silent is told so, and not called void. */
export const usFedEfaa401: ComplianceRule = {
  id: 'US-FED-EFAA-401',
  version: 1,
  title: 'Exception for sexual assault and sexual harassment disputes',
  jurisdictions: ['US'],
  severity: 'warning',
  source: {
    title:
      'Ending Forced Arbitration of Sexual Assault and Sexual Harassment Act of 2021, 9 U.S.C. 401-402 (disputes arising on or after 3 March 2022)',
    url: 'https://www.law.cornell.edu/uscode/text/9/402',
    asOf: '2026-09-01',
  },
  appliesWhen: (reading) =>
    (reading.detection.hasArbitration || reading.attributes.classWaiver) && pointsToUnitedStates(reading) && bindsIndividuals(reading),
  check: ({ find, detection }) => {
    const evidence = find(named);
    if (evidence.length > 0) return { verdict: 'pass', message: 'The text names disputes about sexual assault or harassment.', evidence };
    return {
      verdict: 'fail',
      message:
        'The agreement makes no exception for disputes about sexual assault or sexual harassment. The person who alleges them may choose a court all the same, and the clause does not say so.',
      evidence: detection.spans.slice(0, 1),
    };
  },
};
