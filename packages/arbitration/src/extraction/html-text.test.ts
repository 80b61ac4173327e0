import { describe, expect, it } from 'vitest';
import { htmlText } from './html-text.ts';

const text = (html: string) => htmlText(html).text;

it('makes every block a paragraph and keeps headings as lines', () => {
  expect(text('<h1>Terms</h1><div><p>You  agree\nto <b>arbitrate</b>.</p><ul><li>One</li><li>Two</li></ul></div>')).toBe(
    'Terms\n\nYou agree to arbitrate.\n\nOne\n\nTwo',
  );
});

it('leaves out what a reader does not see', () => {
  expect(
    text(
      '<head><style>p{}</style></head><nav>Home</nav><script>arbitration()</script><p hidden>x</p><p>Terms</p><noscript>on</noscript><template>t</template>',
    ),
  ).toBe('Terms');
});

it('decodes entities', () => {
  expect(text('<p>&ldquo;Smith &amp; Co&rdquo; &#167;&nbsp;4 &lt;a&gt;</p>')).toBe('“Smith & Co” §\u00a04 <a>');
});

it('takes line breaks, rows and cells apart', () => {
  expect(text('one<br>two<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>three')).toBe('one\ntwo\n\na\tb\nc\n\nthree');
});

it('keeps the lines of preformatted text', () => {
  expect(text('<pre>one\n  two</pre><p>a\n b</p>')).toBe('one\ntwo\n\na b');
});

it('reads a page whose end tags are left out', () => {
  expect(text('<p>One<p>Two<ul><li>a<li>b</ul><b>Three')).toBe('One\n\nTwo\n\na\n\nb\n\nThree');
});

it('knows the title', () => {
  expect(htmlText('<title> Terms &amp;\n Conditions </title><p>x</p>').title).toBe('Terms & Conditions');
  expect('title' in htmlText('<p>x</p>')).toBe(false);
});

describe('a page that is nested without reason', () => {
  it.each(['<div>', '<b>', '<ul><li>', '<x>', '<table><tr><td>'])('of %s is refused', (tag) => {
    expect(() => htmlText(tag.repeat(2_000))).toThrow(expect.objectContaining({ code: 'DOCUMENT_DAMAGED' }));
  });

  it('of end tags without a beginning is refused', () => {
    expect(() => htmlText(`${'<b>'.repeat(900)}${'</i>'.repeat(20_000)}`)).toThrow(expect.objectContaining({ code: 'DOCUMENT_DAMAGED' }));
    expect(text(`<p>Terms${'</i>'.repeat(20_000)}`)).toBe('Terms');
  });

  it('is told from a long one', () => {
    expect(text(`${'<p>x<br>'.repeat(3_000)}<ul>${'<li>y'.repeat(3_000)}</ul>`)).toHaveLength(6_000 * 'x\n\n'.length - 2);
  });

  it('may hide tags in comments and scripts', () => {
    expect(text(`<!--${'<div>'.repeat(2_000)}--><script>${'"<div>"'.repeat(2_000)}</script><p>Terms</p>`)).toBe('Terms');
  });
});
