/** What the kit takes part in, by area; see candidate.example.mjs. */
declare const candidate: Readonly<Record<string, readonly object[]>>;
export default candidate;
