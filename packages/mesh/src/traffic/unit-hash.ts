/** FNV-1a over the code units (Fowler, Noll, Vo; IETF draft "The FNV Non-Cryptographic Hash Algorithm"), with the last mixing step added. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mix(hash);
}

/** The finalizer of MurmurHash3 (Appleby, public domain): one to one, and every bit of the input reaches every bit of the output. */
export function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** Strictly between 0 and 1, so that its logarithm is finite and not 0. */
export function fraction(hash: number): number {
  return ((hash >>> 0) + 0.5) / 4_294_967_296;
}
