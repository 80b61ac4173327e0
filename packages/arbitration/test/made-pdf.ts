/** Writes small PDFs for tests: one page a list of lines, drawn top down with 14 units of leading. */
export function madePdf(
  pages: readonly (readonly string[])[],
  options: { readonly trailer?: string; readonly title?: string } = {},
): Uint8Array {
  const objects: string[] = ['<< /Type /Catalog /Pages 2 0 R >>', '', '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'];
  const kids: number[] = [];
  for (const lines of pages) {
    const content = `BT /F1 11 Tf 14 TL 72 720 Td\n${lines.map((line) => `(${line.replace(/[\\()]/g, '\\$&')}) Tj T*`).join('\n')}\nET`;
    objects.push(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`);
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> /Contents ${objects.length} 0 R >>`,
    );
    kids.push(objects.length);
  }
  objects[1] = `<< /Type /Pages /Kids [${kids.map((kid) => `${kid} 0 R`).join(' ')}] /Count ${kids.length} >>`;
  const information = options.title ? objects.push(`<< /Title (${options.title}) >>`) : 0;
  return written(objects, `${information ? `/Info ${information} 0 R` : ''} ${options.trailer ?? ''}`);
}

/** A PDF that asks for a password: the keys of the standard handler are there, and no empty password fits them. */
export function madeEncryptedPdf(): Uint8Array {
  const key = 'a'.repeat(64);
  return madePdf([['secret']], {
    trailer: `/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <${key}> /U <${key}> >> /ID [<${key.slice(32)}> <${key.slice(32)}>]`,
  });
}

function written(objects: readonly string[], trailer: string): Uint8Array {
  let file = '%PDF-1.4\n';
  const offsets = objects.map((body, index) => {
    const at = file.length;
    file += `${index + 1} 0 obj\n${body}\nendobj\n`;
    return at;
  });
  const xref = file.length;
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('')}`;
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer} >>\nstartxref\n${xref}\n%%EOF\n`;
  return Buffer.from(file, 'latin1');
}
