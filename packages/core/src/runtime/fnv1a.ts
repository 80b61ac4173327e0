/**
 * FNV-1a over the UTF-16 units of a text, an unsigned 32-bit integer (Fowler, Noll, Vo; IETF draft "The FNV Non-Cryptographic Hash Algorithm").
 * The same in every process and for ever: what is stored may depend on it. Not for texts of somebody who means ill, unless the basis is a secret.
 */
export function fnv1a(text: string, basis = 0x811c9dc5): number {
  let hash = basis;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
