const seconds: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const bytes: readonly number[] = Array.from({ length: 12 }, (_none, power) => 64 * 4 ** power);

/** Upper bounds of the buckets, by the base unit that the name ends with: bytes from 64 B to 256 MiB, all else as seconds from 1 ms to 5 min. */
export function histogramBounds(name: string): readonly number[] {
  return name.endsWith('_bytes') ? bytes : seconds;
}
