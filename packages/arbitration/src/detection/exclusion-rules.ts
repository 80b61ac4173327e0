/** A way to mention arbitration without agreeing to it. */
export interface ExclusionRule {
  readonly id: string;
  /** Read over folded text; global, and without an unbounded gap. */
  readonly pattern: RegExp;
  /**
   * `match`: the mentions inside a match stop counting; `sentence`: a match anywhere stops all mentions of the sentence,
   * unless the sentence makes an agreement as well.
   */
  readonly scope: 'match' | 'sentence';
  readonly why: string;
}

const proceeding =
  '(?:litigations?|lawsuits?|law suits?|suits?|actions?|claims?|causes? of action|demands?|complaints?|proceedings?|investigations?|inquir(?:y|ies)|enquir(?:y|ies)|hearings?|audits?|charges?|citations?|prosecutions?|judgments?|court costs|attachments?|trials?|appeals?|appellate level)';
const body =
  '(?:courts?|tribunals?|agenc(?:y|ies)|authorit(?:y|ies)|bod(?:y|ies)|boards?|bureaus?|instrumentalit(?:y|ies)|departments?|officials?|mediators?|judges?|regulators?|referees?|magistrates?|jur(?:y|ies)|governments?|jurisdiction)';
const person = '(?:arbitrators?|arbitral|arbitration)';
/** A comma, a conjunction, or both, and the small words after them. */
const joint =
  '(?:, ?|/| )(?:(?:and|or|nor|and/or|before|by|in|any|an?|the|other|such|of|through|binding|formal|domestic|foreign|governmental) ){0,4}';
const separated = '(?:(?:, ?|/)(?:and |or |nor |and/or )?| (?:and|or|nor|and/or) )';

/** "shall be finally settled by arbitration": a long sentence may say this and speak of pending or invalid things too. */
export const madeAgreement: RegExp =
  /\b(?:shall|will|must|may|agrees?|agree that)\b(?: [\w,'()-]+){0,8} (?:settled|resolved|submitted|referred|decided|adjudicated|settle|resolve|submit)\b(?: [\w,'()-]+){0,6} (?:by|to|through|in)(?: (?:final|binding|and|individual|confidential|mandatory|neutral|private)){0,4} arbitration\b/;

export const exclusionRules: readonly ExclusionRule[] = [
  {
    id: 'X-PROCEEDINGS-THEN',
    pattern: new RegExp(
      `\\b${proceeding}${separated}(?:(?:any|other|an?|such|the|pending|formal|binding|in|by) ){0,3}arbitrations?\\b(?! (?:shall|will|must)\\b)`,
      'g',
    ),
    scope: 'match',
    why: 'the last word in a list of proceedings: "any action, suit or arbitration"',
  },
  {
    id: 'X-THEN-PROCEEDINGS',
    pattern: new RegExp(
      `\\barbitrations?(?:, ?(?:and |or |nor |and/or )?| or | nor |/| and (?=other|similar))(?:(?:other|similar|legal|judicial|administrative|regulatory|governmental|court|civil|criminal|mediation|formal|any other|in) ){0,3}(?:${proceeding}|mediations?|disputes?|otherwise)\\b`,
      'g',
    ),
    scope: 'match',
    why: 'a word in a list of proceedings: "litigation, arbitration or other proceeding"',
  },
  {
    id: 'X-BODIES-THEN',
    pattern: new RegExp(
      `\\b${body}(?= |,|/)${joint}(?<=[,/] ?|\\b(?:and|or|nor|and/or|before|by|any|an?|other) )${person}\\b(?! (?:association|rules|act)\\b)`,
      'g',
    ),
    scope: 'match',
    why: 'the last word in a list of deciding bodies: "any court, agency or arbitrator"',
  },
  {
    id: 'X-THEN-BODIES',
    pattern: new RegExp(
      `\\b(?:arbitrators?|(?:arbitral|arbitration) (?:body|panel|board|tribunal|authority|forum))(?:, ?|/| (?:or|nor|and|and/or) )(?:(?:or|and|by|before|any|an?|the|other|in|of|competent|administrative|governmental|government|regulatory|public|state|federal|foreign|domestic|judicial) ){0,5}${body}\\b`,
      'g',
    ),
    scope: 'match',
    why: 'a word in a list of deciding bodies: "an arbitrator, mediator or court holds"',
  },
  {
    id: 'X-BODY-KIND',
    pattern:
      /\b(?:any|governmental|regulatory|public|quasi-judicial|judicial|administrative|supranational|self-regulatory)(?:,? (?:or|and|governmental|regulatory|public|judicial|administrative|quasi-judicial|court)){0,6},? (?:arbitral|arbitrational|arbitration) (?:body|tribunal|board|panel|agency|authority|entity|organi[sz]ation|or)\b/g,
    scope: 'match',
    why: 'a kind of public body, in the definition of a governmental authority',
  },
  {
    id: 'X-EXPERT',
    pattern:
      /\bnot (?:be )?(?:acting |act |deemed |considered |as |to be |constitute )*(?:an? |the |any )?(?:arbitrators?|arbitration)\b|\bexperts?(?: only)?,? (?:and|but|rather than|instead of),? (?:not )?(?:as )?(?:an? )?(?:arbitrators?|arbitration)\b/g,
    scope: 'match',
    why: 'an expert decides, who by these very words is no arbitrator',
  },
  {
    id: 'X-NEGATED',
    pattern:
      /\b(?:not|never|neither party|no party|nor)(?: \w+){0,2} (?:subject to|submit(?:ted)? to|refer(?:red)? to|required? to|obligat\w+ to|oblig(?:ed|e) to|resolved (?:by|through)|settled (?:by|through)|agree to|apply to|be)(?: (?:any|an|the|submit|be|to|final|and|binding|mandatory|participate in|alternative|dispute|resolution|proceedings|before|or|a|consumer|such)){0,8} arbitra\w+/g,
    scope: 'match',
    why: 'says that there is no duty to arbitrate',
  },
  {
    id: 'X-NOT-DEEMED',
    pattern: /\b(?:no party|neither party|nothing|not)\b.{0,60}\b(?:deemed|construed)\b.{0,80}\b(?:arbitrat\w+)/g,
    scope: 'match',
    why: 'says that nothing is to be read as an agreement to arbitrate',
  },
  {
    id: 'X-WITHOUT',
    pattern:
      /\b(?:without|in lieu of|instead of|rather than|other than|no|excluding)(?: (?:any|an|the|first|resort(?:ing)?|recourse|reference|regard|submission|submitting|to|having|obligation|agreement|right|mandatory|binding|duty|need|for)){0,6} arbitra\w+/g,
    scope: 'match',
    why: 'arbitration is named as what does not happen',
  },
  {
    id: 'X-WAIVED',
    pattern:
      /\b(?<!\b(?:without|not) )(?:waives?|waived|waiving|relinquish\w*|forgoes?|disclaims?)\b.{0,60}\b(?:rights?|ability)\b.{0,40}\bto (?:binding |compel |demand |seek |require )?arbitra\w+|\barbitrations? (?:is|are|shall|will) not (?:be )?(?:available|permitted|required|mandatory|apply|applicable|intended|provided|allowed|an option)\b/g,
    scope: 'match',
    why: 'the right to arbitration is given up, or arbitration is shut out',
  },
  {
    id: 'X-NOT-CURRENTLY',
    pattern:
      /\b(?:is|are) not (?:obliged|obligated|required|willing|prepared|currently)\b.{0,160}\b(?:conciliation|arbitration) (?:body|board|bodies|boards|proceedings?)\b|\bconsumer arbitration (?:body|bodies|board|boards)\b/g,
    scope: 'match',
    why: 'the notice to European consumers that the trader takes part in no alternative dispute resolution',
  },
  {
    id: 'X-FUTURE-CONSENT',
    pattern:
      /\b(?:may|might|could)(?: also| then)? (?:mutually |jointly )?(?:agree|elect by mutual agreement|by mutual (?:agreement|consent)(?:, )? (?:agree|elect))(?: in writing)?,? (?:to|upon|on)\b.{0,60}\barbitra\w+|\bunless (?:both |all |the )?(?:the )?parties (?:mutually |otherwise )?agree (?:in writing )?to arbitra\w+/g,
    scope: 'match',
    why: 'the parties may agree on arbitration later; they have not agreed now',
  },
  {
    id: 'X-PENDING',
    pattern:
      /\b(?:pending|threatened|outstanding)\b.{0,120}\b(?:against|before|affecting|threatened|pending|involving|relating to)\b|\bthere (?:is|are|exists?|has been|have been|shall not exist|shall be) no\b|\bis not (?:a party|subject) to\b/g,
    scope: 'sentence',
    why: 'a statement about proceedings that do or do not exist',
  },
  {
    id: 'X-DEFINITION',
    pattern:
      /"(?:an? )?(?:legal |governmental |applicable |judicial |third party |third-party )*(?:actions?|claims?|proceedings?|orders?|laws?|authority|entity|body|judgments?|litigations?|losses|loss|damages|liabilit(?:y|ies)|persons?|expenses|costs|rules?|requirements?|suits?|indemnified losses|disclosure|permits?|consents?|approvals?)" ?(?:\([^)]{0,40}\) ?)?(?:shall |will )?(?:means?|has the meaning|refers?|includes?)\b/g,
    scope: 'sentence',
    why: 'the definition of a term such as "Action", "Order" or "Law"',
  },
  {
    id: 'X-SEVERABILITY',
    pattern:
      /\b(?:held|holds|found|finds|deemed|declared|determined|determines|adjudged|adjudicated|ruled|rules)\b.{0,160}\b(?:invalid|unenforceable|void|illegal|null|inoperative|unlawful)\b/g,
    scope: 'sentence',
    why: 'what happens when a clause is held invalid, by whomever',
  },
  {
    id: 'X-COMMITTEE',
    pattern:
      /\barbitration committees\b|\b(?:community|project|league|club|players?|union)(?:'s)? arbitration (?:committee|panel|board)s?\b/g,
    scope: 'match',
    why: 'the arbitration committees of a community, a league or a project',
  },
  {
    id: 'X-OTHER-KIND',
    pattern: /\b(?:salary|grievance|labou?r|interest|domain[ -]names?|rate|third[ -]party|udrp) arbitrations?\b|\bpre-arbitration\b/g,
    scope: 'match',
    why: 'an arbitration of another kind or between others, or what comes before one',
  },
  {
    id: 'X-OTHER-SOURCE',
    pattern:
      /\b(?:collective bargaining|privacy shield|data privacy framework|uniform domain name dispute|(?:under certain (?:conditions|circumstances),? (?:to )?|may (?:be able to )?)invoke binding arbitration)\b/g,
    scope: 'sentence',
    why: 'the arbitration of a union contract, of the data privacy framework or of domain names: it is agreed elsewhere',
  },
  {
    id: 'X-APPOINTED-BY',
    pattern:
      /\b(?:appraisers?|accountants?|experts?|mediators?|valuers?|auditors?|engineers?)\b.{0,120}\b(?:appoint|select|designat|nominat|chosen|recommend)\w*(?: in writing)? (?:by|from)(?: \w+){0,4} american arbitration association\b/g,
    scope: 'match',
    why: 'the institution only names an expert or a mediator',
  },
];
