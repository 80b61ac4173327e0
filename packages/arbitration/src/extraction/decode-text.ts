const utf16le = new TextDecoder('utf-16le');
const utf16be = new TextDecoder('utf-16be');
const windows1252 = new TextDecoder('windows-1252');

/**
 * The text in `bytes`: UTF-16 with a byte order mark, UTF-8 with or without one, else windows-1252 when what comes out
 * looks like text. Undefined when it is no text: a NUL byte, or more than one control character in two hundred.
 * Line ends become `\n`; a form feed, which ends a printed page, becomes a blank line.
 *
 * @param cut Whether the bytes are only the beginning of a text and may end inside a letter.
 */
export function decodeText(bytes: Uint8Array, cut = false): string | undefined {
  const text = decoded(bytes, cut);
  return text?.replace(/\r\n?|\u2028/g, '\n').replace(/\n*[\f\u2029]\n*/g, '\n\n');
}

function decoded(bytes: Uint8Array, cut: boolean): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return plausible(utf16le.decode(bytes));
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return plausible(utf16be.decode(bytes));
  if (bytes.includes(0)) return undefined;
  try {
    return plausible(new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: cut }));
  } catch {
    // Not UTF-8: the only other encoding in use for English text without a mark.
    return plausible(windows1252.decode(bytes));
  }
}

function plausible(text: string): string | undefined {
  let controls = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 0) return undefined;
    if (
      (unit < 0x20 && unit !== 0x09 && unit !== 0x0a && unit !== 0x0c && unit !== 0x0d) ||
      (unit >= 0x7f && unit <= 0x9f) ||
      unit === 0xfffd
    )
      controls += 1;
  }
  return controls * 200 > text.length ? undefined : text;
}
