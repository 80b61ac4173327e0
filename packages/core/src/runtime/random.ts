/** A number in [0, 1), as from Math.random but with the source chosen by the host. */
export type Random = () => number;

/** Cryptographic randomness, drawn in blocks because one draw of the system costs far more than one number. */
export function systemRandom(): Random {
  const block = new Uint32Array(512);
  let used = block.length;
  return () => {
    if (used >= block.length) {
      crypto.getRandomValues(block); // the global one, because node:crypto would cost every importer 2 MiB
      used = 0;
    }
    const high = (block[used++] as number) >>> 5;
    const low = (block[used++] as number) >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  };
}

/** The same sequence for the same seed (mulberry32, public domain). For tests and simulation only. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
