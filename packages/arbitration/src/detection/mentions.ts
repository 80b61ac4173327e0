/**
 * The word in a raw text: with blanks and marks that a page layout or a scan put between its letters, with a digit or
 * letter that a scan mistook for the i, and cut by a hyphen at a line end. "arbitrary" is another word.
 */
const gap = '(?:-?[\\s\\u00ad\\u200b*_]{0,4})';
const rawMention = new RegExp(`(?<![\\p{L}\\p{N}])a${gap}r${gap}b${gap}[i1l!]${gap}t${gap}r${gap}a${gap}(?:t|l|b${gap}[il1!])`, 'giu');

/** Offsets of the mentions in `text`, ascending. */
export function mentionsOf(text: string): readonly number[] {
  return Array.from(text.matchAll(rawMention), (match) => match.index);
}

const institutionName = /(?<![\p{L}\p{N}])(?:aaa|jams|icc|icdr|lcia|siac|hkiac|cietac|uncitral)(?![\p{L}\p{N}])/giu;

/** Offsets of the short names of institutions, ascending: "settled under the LCIA Rules" does not say the word. */
export function institutionNamesOf(text: string): readonly number[] {
  return Array.from(text.matchAll(institutionName), (match) => match.index);
}

/** The word in folded text whose letters are whole. */
export const foldedMention: RegExp = /\barbitra(?:t(?:ions?|ors?|ed?|es|ing|ive)|ls?|bility|ble)\b/g;

/** The word in folded text with blanks or hyphens between its letters, or with a misread letter. */
export const scatteredMention: RegExp = new RegExp(
  String.raw`\ba~r~b~[i1l!]~t~r~a~(?:l|b~[i1l!]~l~[i1l!]~t~y|t~(?:[i1l!]~(?:[o0]~n(?:~s)?|n~g)|[o0]~r(?:~s)?|e(?:~d)?))(?![a-z0-9])`.replaceAll(
    '~',
    '-? ?',
  ),
  'g',
);
