import type { ComplianceRule } from '../compliance-rule.ts';

const fewestDays = 30;
/** How far around the right an address for it is looked for. */
const nearby = 1_200;
const address =
  /[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b(?:p\.? ?o\.? box|attn|attention|mail(?:ed)? to|sent? to|write to|address)\b|\b[A-Z]{2},? \d{5}\b|\bform\b/i;

export const genOptOut: ComplianceRule = {
  id: 'GEN-OPTOUT',
  version: 1,
  title: 'A usable right to opt out of arbitration',
  jurisdictions: [],
  severity: 'info',
  source: { title: 'Practice of providers and case law on unconscionable clauses', asOf: '2026-09-01' },
  appliesWhen: ({ detection }) => detection.hasArbitration,
  check: ({ optOut, text }) => {
    if (!optOut)
      return { verdict: 'unknown', message: 'No right to opt out of arbitration was found; the clause may do without one.', evidence: [] };
    const evidence = [{ start: optOut.start, end: optOut.end }];
    const { days } = optOut;
    if (days === undefined)
      return { verdict: 'unknown', message: 'There is a right to opt out, but no number of days was found for it.', evidence };
    if (days < fewestDays)
      return { verdict: 'fail', message: `The right to opt out ends after ${days} days; ${fewestDays} are usual and safe.`, evidence };
    if (address.test(text.slice(Math.max(0, optOut.start - nearby), optOut.end + nearby))) {
      return { verdict: 'pass', message: `The agreement may be refused within ${days} days, and the text says where to.`, evidence };
    }
    return {
      verdict: 'unknown',
      message: `The agreement may be refused within ${days} days, but no address for it was found nearby.`,
      evidence,
    };
  },
};
