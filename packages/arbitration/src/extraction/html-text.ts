import { load } from 'cheerio/slim';
import { documentError } from '../errors.ts';
import { isTangled } from './html-nesting.ts';

/** What is read of a node of the parsed page. */
interface PageNode {
  readonly type: string;
  readonly name?: string;
  readonly data?: string;
  readonly children?: readonly PageNode[];
  readonly attribs?: Readonly<Record<string, string>>;
}

const hidden = new Set(
  'head title script style noscript template svg math canvas iframe object audio video nav button select input textarea'.split(' '),
);
const blockNames =
  'address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main ol p pre section summary table tbody tfoot thead ul';
const blocks = new Set(blockNames.split(' '));
const cells = new Set(['td', 'th']);

/** What a page says to its reader. */
export interface HtmlText {
  readonly text: string;
  readonly title?: string;
}

/**
 * The words of an HTML page in reading order: scripts, styles, navigation and form controls left out, entities decoded,
 * a blank line around every block, so that a heading is a line of its own.
 * @throws DOCUMENT_DAMAGED when elements are nested beyond reason.
 */
export function htmlText(html: string): HtmlText {
  if (isTangled(html)) throw documentError('DOCUMENT_DAMAGED', { kind: 'html', problem: 'its elements are nested beyond reason' });
  const page = load(html);
  const title = page('title').first().text().replace(/\s+/g, ' ').trim();
  const root: PageNode | undefined = page.root().get(0);
  const text = root ? tidy(wordsOf(root)) : '';
  return title ? { text, title } : { text };
}

/** Walks with a stack of its own: a page may be nested deeper than calls may be. */
function wordsOf(root: PageNode): string {
  const words: string[] = [];
  const ahead: (PageNode | string)[] = [root];
  let verbatim = 0;
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    if (typeof next === 'string') {
      if (next === endOfPre) verbatim -= 1;
      else words.push(next);
    } else if (next.type === 'text') {
      words.push(verbatim > 0 ? (next.data ?? '') : (next.data ?? '').replace(/[ \t\n\r\f]+/g, ' '));
    } else if (next.name === 'br') {
      words.push('\n');
    } else if (!hidden.has(next.name ?? '') && next.attribs?.['hidden'] === undefined) {
      if (next.name === 'pre') {
        verbatim += 1;
        ahead.push(endOfPre);
      }
      enter(next, words, ahead);
    }
  }
  return words.join('');
}

const endOfPre = '</pre>';

function enter(node: PageNode, words: string[], ahead: (PageNode | string)[]): void {
  const name = node.name ?? '';
  if (blocks.has(name)) {
    words.push('\n\n');
    ahead.push('\n\n');
  } else if (name === 'tr') {
    words.push('\n');
  } else if (cells.has(name)) {
    ahead.push('\t');
  }
  for (const child of (node.children ?? []).toReversed()) ahead.push(child);
}

/** Runs of blanks are closed up first: after that no pattern has a run to go back over. */
function tidy(words: string): string {
  return words
    .replace(/[ \t\u00a0]{2,}/g, (run) => (run.includes('\t') ? '\t' : ' '))
    .replace(/[ \t\u00a0]?\n[ \t\u00a0]?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
