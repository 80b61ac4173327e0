/** Words the rules share, as sources of regular expressions over folded text. None holds an unbounded gap. */

/** The procedure, or those who conduct it. */
export const procedure = '(?:arbitrations?|arbitrators?|arbitral)';

/** Words that may stand between "by" and "arbitration" and change nothing. */
const filler: string =
  '(?:an?|the|one|two|three|single|sole|either|final|finally|and|or|and/or|binding|legally|mandatory|confidential|individual|individualized|bilateral|neutral|exclusive|exclusively|solely|compulsory|impartial|private|non-appearance(?:[ -]based)?|expedited|fast[ -]track|independent|domestic|international|commercial|institutional|ad hoc|such|this|formal|jams|aaa|icc|administered|consumer|employment|mediation|mutually|agreed|agreeable|acceptable|qualified|experienced|panel|board|means|way|process|submission|use|of|to|any|conclusive|non-binding|voluntary|de novo|baseball(?:[ -]style)?|appropriate|separate|pursuant|in|person|\\(?\\d\\)?)';

/** "by final and binding arbitration", "to arbitration", "before a single arbitrator"; not "prior to arbitration", "to arbitration costs". */
export const byArbitration: string = arbitrationAfter(
  'by|through|via|to|into|in|under|for|using|before an?|pursuant to|in accordance with',
);

/** The same with the words only that make the arbitration the way: not "for", "in", "under". */
export const strictlyByArbitration: string = arbitrationAfter(
  'by|through|via|to|into|in (?:final|individual|binding)|before an?|by way of',
);

function arbitrationAfter(prepositions: string): string {
  const notTo = '(?<!\\b(?:prior|prerequisite|precedent|addition|respect|regard|related|relating|subsequent) )';
  return `(?:${notTo}(?:${prepositions})),?(?: or through)? (?:${filler},? ){0,9}${procedure}(?! (?:awards?|fees?|costs?|expenses|requirements?))`;
}

/** What there is to decide. */
export const disputes = '(?:disputes?|controvers(?:y|ies)|claims?|differences?|disagreements?|causes? of action|dissensions?|deadlocks?)';

/** What a party must, may or agrees to do. */
export const modal =
  '(?:shall|will|must|may|can|should|agree[sd]?|agreeing|consents?|elects?|election|(?:is|are|be) (?:to|required|entitled)|required to|rights? to|option (?:to|of)|entitled to|obligat(?:ed|ion) to|undertakes?|submits?|hereby|intend(?:s|ed)?)';

/** What is done with a dispute. */
export const resolve =
  '(?:resol(?:v(?:ed?|ing)|utions?)|settl(?:e|ed|ing|ement)|determin(?:ed?|ing|ation)|decid(?:ed?|ing)|submit(?:ted|ting)?|submission|refer(?:red|ring)?|referral|adjudicat(?:ed?|ing|ion)|disposed of|heard|brought|bring|tak(?:e|en)|proceed|go|resort(?:ed)?|recourse|handled?|addressed|conducted|pursued?|finali[sz]ed|put|presented|present|tried|filed?|asserted?|commenced?|initiated?|institute[d]?|mov(?:e|ed)|appl(?:y|ied)|elect(?:ed)?|made|turned over|dealt with|subject)';

/** The same as a participle, for "be settled by arbitration" without a modal before it. */
export const resolved = '(?:resolved|settled|determined|decided|submitted|referred|adjudicated|heard|brought|arbitrated|finali[sz]ed)';

/** Institutions that administer arbitrations, by the names and short names contracts use. */
export const institution =
  '(?:american arbitration association|\\baaa\\b|\\bicdr\\b|international cent(?:re|er) for dispute resolution|\\bjams\\b|j\\.a\\.m\\.s|judicial arbitration (?:and|&) mediation|international chambers? of commerce|\\bicc\\b|london court of international arbitration|\\blcia\\b|singapore international arbitration|\\bsiac\\b|hong kong international arbitration|\\bhkiac\\b|china international economic and trade|\\bcietac\\b|\\buncitral\\b|\\bcpr\\b|national arbitration (?:and|&) mediation|national arbitration forum|\\bnam\\b|adr services|swiss (?:chambers|rules|arbitration)|stockholm chamber|permanent court of arbitration|court of arbitration|arbitration (?:and mediation )?(?:institute|institution|cent(?:re|er)|commission|court|tribunal|association|chamber|forum)|german institution of arbitration|german arbitration institute|vienna international arbitral|institute of arbitrators|\\bwipo\\b|dubai international arbitration|\\bdiac\\b|\\bfinra\\b)';
