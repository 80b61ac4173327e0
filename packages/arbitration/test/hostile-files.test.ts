import { documentErrors, extractText } from '@tutti/arbitration';
import { seededRandom, TuttiError } from '@tutti/core';
import { expect, it } from 'vitest';
import { bundledPdfs } from './bundled-data.ts';
import { madePdf } from './made-pdf.ts';

const small = bundledPdfs().toSorted((a, b) => a.bytes.length - b.bytes.length)[0];

/** Whatever happens to a file, it is read or refused with a code of the table; nothing else is thrown. */
async function outcome(bytes: Uint8Array): Promise<string> {
  return extractText(bytes).then(
    () => 'read',
    (error: unknown) => (TuttiError.is(error) && error.code in documentErrors ? error.code : `threw ${String(error)}`),
  );
}

const allowed = ['read', ...Object.keys(documentErrors)];

it('reads or refuses a PDF with flipped bytes', async () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    const random = seededRandom(seed);
    const bytes = Uint8Array.from(small?.bytes ?? []);
    for (let flips = 0; flips < 40; flips += 1) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    expect(allowed, `seed ${seed}`).toContain(await outcome(bytes));
  }
});

it('reads or refuses a PDF that was cut off anywhere', async () => {
  const bytes = small?.bytes ?? new Uint8Array();
  for (let part = 1; part <= 12; part += 1)
    expect(allowed, `part ${part}`).toContain(await outcome(bytes.subarray(0, Math.floor((bytes.length * part) / 13))));
});

it('reads or refuses PDFs that point at themselves', async () => {
  const pdf = Buffer.from(madePdf([['One'], ['Two']])).toString('latin1');
  const changed = [
    pdf.replace('/Kids [5 0 R', '/Kids [2 0 R'),
    pdf.replace(/\/Contents \d/, '/Contents 5'),
    pdf.replace('/Pages 2 0 R', '/Pages 1 0 R'),
    pdf.replace('/Count 2', '/Count 2000000'),
  ];
  for (const file of changed) {
    expect(file).not.toBe(pdf);
    expect(allowed).toContain(await outcome(Buffer.from(file, 'latin1')));
  }
});
