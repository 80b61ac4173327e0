import type { Steps } from './rule-steps.ts';
import { byArbitration, disputes, institution, modal, procedure, resolve, resolved, strictlyByArbitration } from './vocabulary.ts';

/** Words that make an arbitration agreement, or speak of one as made: patterns over folded text, none with an unbounded gap. */
export interface OperativeRule extends Steps {
  readonly id: string;
  /** Evidence from 0 to 1; independent rules add up, and 0.5 decides. */
  readonly weight: number;
  /** Whether the rule is also read where an institution is named and the word arbitration is not. */
  readonly wordless?: true;
  readonly why: string;
}

const word = (source: string): RegExp => new RegExp(`\\b${source}(?!\\w)`, 'g');

export const operativeRules: readonly OperativeRule[] = [
  {
    id: 'A-DISPUTES-RESOLVED-BY',
    weight: 0.95,
    steps: [
      word(disputes),
      word(`(?:shall|will|must|may|can|should|agree|to|be|is|are)(?: \\w+,?){0,4} ${resolve}`),
      word(strictlyByArbitration),
    ],
    gaps: [400, 160],
    why: 'a dispute, named as such, is to be resolved by arbitration: the sentence that makes the agreement',
  },
  {
    id: 'A-AGREE-TO-RESOLVE',
    weight: 0.95,
    steps: [
      word('(?:agree[sd]?|agreeing|shall|will|must|undertakes?)'),
      word(`(?:resolve|settle|submit|refer|decide|bring)(?: [\\w-]+,?){0,6} ${disputes}`),
      word(strictlyByArbitration),
    ],
    gaps: [60, 500],
    why: 'the parties agree to resolve their disputes, however long these are described, by arbitration',
  },
  {
    id: 'A-RESOLVED-BY',
    weight: 0.9,
    steps: [word(modal), word(resolve), word(byArbitration)],
    gaps: [110, 220],
    why: 'disputes shall, must or may be resolved by, submitted to or decided in arbitration',
  },
  {
    id: 'A-IS-RESOLVED',
    weight: 0.6,
    steps: [word(`(?:be|being|is|are|to) (?:\\w+,? ){0,3}${resolved}`), word(byArbitration)],
    gaps: [60],
    why: 'the same without a modal: "all claims be finally settled by arbitration"',
  },
  {
    id: 'A-SUBJECT-TO',
    weight: 0.8,
    steps: [
      word(
        `(?:subject|committed|consents?|submits?|agrees?|agreed) to (?:be )?(?:\\w+,? ){0,6}${procedure}(?! (?:acts?|rules|fees?|costs?|awards?))`,
      ),
    ],
    gaps: [],
    why: 'claims are subject to, or a party agrees to, arbitration',
  },
  {
    id: 'A-ARBITRATE',
    weight: 0.8,
    steps: [
      word(
        '(?:shall|will|must|may|agree[sd]?|agreements?|agreeing|elects?|required|promises?|duty|obligat(?:ed|ion)|rights?|consents?|option)',
      ),
      word('(?:(?:to|be) )?(?:\\w+ly )?arbitrated?'),
    ],
    gaps: [40],
    why: 'to arbitrate is a duty, a promise or a right',
  },
  {
    id: 'A-START',
    weight: 0.6,
    steps: [
      word('(?:shall|will|must|may|can|agree[sd]? to|rights? to|entitled to|elects? to|required to|obligat(?:ed|ion) to)'),
      word(
        '(?:initiate|commence|pursue|demand|request|seek|bring|invoke|use|attend|enter into|participate in|elect)(?: \\w+){0,2} arbitration',
      ),
    ],
    gaps: [60],
    why: 'a party may demand, or must begin, an arbitration',
  },
  {
    id: 'A-EXCLUSIVE',
    weight: 0.7,
    steps: [
      word(
        'arbitrations?(?: \\w+){0,6} (?:is|are|shall be|will be|as)(?: \\w+)? (?:the |a |an )?(?:sole|exclusive|only|preferred|final|proper)(?: and exclusive)? (?:remed(?:y|ies)|means|methods?|forum|procedures?|ways?|mechanisms?|recourse)',
      ),
    ],
    gaps: [],
    why: 'arbitration is the exclusive, or the preferred, way',
  },
  {
    id: 'A-BINDING',
    weight: 0.6,
    steps: [word(`(?:binding|mandatory|compulsory),? (?:\\w+ ){0,3}${procedure}`)],
    gaps: [],
    why: '"binding arbitration" is the term of art for an agreement',
  },
  {
    id: 'A-INSTITUTION',
    weight: 0.7,
    steps: [
      word(modal),
      word(resolve),
      word(
        `(?:by|before|to|with|through|under|at|in accordance with|pursuant to|according to|administered by|rules of|procedures of)(?: [\\w'-]+,?){0,9} ${institution}`,
      ),
    ],
    gaps: [110, 220],
    why: 'disputes go to an institution that administers arbitrations, or under its rules',
  },
  {
    id: 'A-UNDER-RULES',
    weight: 0.7,
    steps: [
      word(disputes),
      word(`(?:shall|will|must|may|to|be|is|are)(?: \\w+,?){0,4} ${resolved}`),
      word(
        '(?:under|in accordance with|pursuant to|by|according to)(?: \\w+){0,6} (?:(?:aaa|jams|icc|icdr|lcia|siac|hkiac|cietac|uncitral)(?: \\w+){0,3} rules|rules of (?:the )?(?:aaa|jams|icc|icdr|lcia|siac|hkiac|cietac|uncitral))',
      ),
    ],
    gaps: [400, 160],
    wordless: true,
    why: 'disputes are resolved under the rules of an institution that does nothing but arbitrate',
  },
  {
    id: 'A-JUDGMENT-ON-AWARD',
    weight: 0.5,
    steps: [word('judge?ment (?:up)?on (?:\\w+ ){0,3}(?:award|decision|determination)'), word('(?:entered|enforced|arbitrators?)')],
    gaps: [120],
    why: 'judgment on the award may be entered: every American clause says it, and nothing else does',
  },
  {
    id: 'A-AWARD-BINDS',
    weight: 0.45,
    steps: [
      word(
        `(?:award|decision|determination|ruling|finding|judgment)s?(?: \\w+){0,3} (?:arbitrators?|arbitral|arbitration)(?: (?:tribunal|panel|board))?|(?:arbitrators?'?s?'?|arbitral|arbitration) (?:tribunal's |panel's )?(?:award|decision|determination|ruling|finding|judgment)s?`,
      ),
      word('(?:final|binding|conclusive|unappealable|non-appealable)'),
    ],
    gaps: [120],
    why: 'the award of the arbitrator is final and binding',
  },
  {
    id: 'A-SEAT',
    weight: 0.4,
    steps: [
      word(
        `(?:seat|place|venue|location|language|situs|site)(?: \\w+){0,4} ${procedure}|${procedure}(?: \\w+){0,3} (?:shall|will|must) (?:be|take)(?: \\w+)? (?:held|conducted|take place|place|seated|administered|located|in)`,
      ),
    ],
    gaps: [],
    why: 'the seat, the language or the conduct of the arbitration is fixed',
  },
  {
    id: 'A-APPOINTMENT',
    weight: 0.35,
    steps: [
      word(
        `(?:appoint|select|choose|chosen|designate|nominate|name)(?:s|d|ed|ing|ment|ion)?(?: \\w+){0,6} arbitrators?|arbitrators?(?:,? \\w+){0,5} (?:appointed|selected|chosen|designated|nominated)|(?:one|two|three|single|sole|neutral|panel of)(?: \\(\\d\\))?(?: \\w+)? arbitrators?`,
      ),
    ],
    gaps: [],
    why: 'how arbitrators are found',
  },
  {
    id: 'A-POWERS',
    weight: 0.3,
    steps: [word('arbitrators? (?:shall|will|may|must|has|have|is|are)')],
    gaps: [],
    why: 'what the arbitrator shall or may do',
  },
  {
    id: 'A-COMMENCEMENT',
    weight: 0.35,
    steps: [
      word(
        `(?:demand|request|notice|claim)s? for arbitration|(?:commenc|initiat|institut|compel|demand|start|begin|invok|pursu)(?:e|es|ed|ing|ling)? (?:an |the |any |such |binding )?arbitrations?|notice of arbitration|(?:opt|opting) out of (?:\\w+ ){0,3}arbitration`,
      ),
    ],
    gaps: [],
    why: 'how an arbitration begins, or how to opt out of it',
  },
  {
    id: 'A-CLAUSE-NAMED',
    weight: 0.35,
    steps: [
      word(
        '(?:this |the |mutual |an )?(?:arbitration|arbitrability) (?:agreement|clause|provisions?|procedures?|section|rules)|agreement to arbitrate|(?:federal|uniform|revised uniform|state|indian|english|international)? ?arbitration (?:act|law|ordinance)',
      ),
    ],
    gaps: [],
    why: 'the agreement, the rules or the statute is called by its name',
  },
  {
    id: 'A-THIS-CLAUSE',
    weight: 0.6,
    steps: [
      word(
        '(?:this|the (?:foregoing|above|following)) (?:mutual |binding |agreement to )?arbitrat(?:e|ion) (?:agreement|clause|provisions?|section)|(?:requires?|requiring|provides? for|providing for|calls? for) (?:the )?(?:\\w+ ){0,2}arbitration|arbitration (?:agreement|clause|provisions?|procedures?) (?:of|in|set forth in|contained in|under|set out in) (?:this|these|the)',
      ),
    ],
    gaps: [],
    why: 'the document speaks of its own arbitration clause',
  },
  {
    id: 'A-HEREUNDER',
    weight: 0.45,
    steps: [
      word(
        'arbitrations?(?: proceedings?| hearings?)? (?:hereunder|thereunder|under (?:this|section|paragraph|article)|(?:pursuant to|in accordance with|as provided (?:in|for)|provided(?: for)? (?:in|by|under)) (?:this|section|paragraph|article|clause))',
      ),
    ],
    gaps: [],
    why: 'an arbitration under this agreement is spoken of',
  },
  {
    id: 'A-COSTS',
    weight: 0.25,
    steps: [
      word(
        "(?:costs?|fees?|expenses?)(?: \\w+){0,5} (?:arbitrations?|arbitrators?)|(?:arbitrations?|arbitrators?'?s?'?) (?:filing |administrative )?(?:costs?|fees?|expenses?)",
      ),
    ],
    gaps: [],
    why: 'who pays for the arbitration',
  },
  {
    id: 'A-HEADING',
    weight: 0.3,
    steps: [/^(?!.{0,120}\b(?:shall|will|must|may|is|are|has|have|be)\b)[^.]{0,60}\b(?:arbitrations?|arbitrate)\b[^.]{0,40}\.?$/g],
    gaps: [],
    why: 'a heading of its own',
  },
];
