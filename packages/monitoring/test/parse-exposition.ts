/** One line of samples, taken apart. */
export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ParsedFamily {
  readonly kind: string;
  readonly samples: readonly ParsedSample[];
}

const typeLine = /^# TYPE (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<kind>counter|gauge|histogram)$/;
const sampleLine = /^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?<labels>[^\n]*)\})? (?<value>NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]\d+)?)$/;
const label = /(?<name>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>(?:[^"\\\n]|\\["\\n])*)"(?<end>,|$)/y;

/**
 * Reads the Prometheus text format 0.0.4 and refuses what a lenient scraper may let pass: samples outside their family, a family or
 * series that comes twice, buckets that shrink, a last bucket that is not the count, a missing line end.
 */
export function parseExposition(text: string): ReadonlyMap<string, ParsedFamily> {
  const families = new Map<string, { kind: string; samples: ParsedSample[] }>();
  const seen = new Set<string>();
  let current: { name: string; kind: string; samples: ParsedSample[] } | undefined;
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line does not end');
  for (const line of text.split('\n').slice(0, -1)) {
    const type = typeLine.exec(line)?.groups;
    if (type) {
      const { name = '', kind = '' } = type;
      if (families.has(name)) throw new Error(`a second family ${name}`);
      current = { name, kind, samples: [] };
      families.set(name, current);
      continue;
    }
    const sample = sampleLine.exec(line)?.groups;
    if (!sample || !current) throw new Error(`not a line of samples: ${line}`);
    const { name = '', labels = '', value = '' } = sample;
    const names = current.kind === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => current?.name + suffix) : [current.name];
    if (!names.includes(name)) throw new Error(`${name} among the samples of ${current.name}`);
    const series = name + labels;
    if (seen.has(series)) throw new Error(`a second sample of ${series}`);
    seen.add(series);
    current.samples.push({ name, labels: parseLabels(labels), value: parseNumber(value) });
  }
  for (const [name, { kind, samples }] of families) if (kind === 'histogram') checkBuckets(name, samples);
  return families;
}

function parseLabels(text: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  label.lastIndex = 0;
  while (label.lastIndex < text.length) {
    const found = label.exec(text)?.groups;
    if (!found) throw new Error(`not labels: ${text}`);
    const { name = '', value = '', end } = found;
    if (Object.hasOwn(labels, name)) throw new Error(`label ${name} twice in ${text}`);
    if (end === ',' && label.lastIndex === text.length) throw new Error(`a label is missing in ${text}`);
    Object.defineProperty(labels, name, {
      value: value.replaceAll(/\\(.)/g, (_all, char: string) => (char === 'n' ? '\n' : char)),
      enumerable: true,
    });
  }
  return labels;
}

function parseNumber(text: string): number {
  if (text.endsWith('Inf')) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}

function checkBuckets(family: string, samples: readonly ParsedSample[]): void {
  let bound = Number.NEGATIVE_INFINITY;
  let count = 0;
  for (const { name, labels, value } of samples) {
    if (name === `${family}_bucket`) {
      const next = parseNumber(labels['le'] ?? 'no bound');
      if (!(next > bound) || value < count) throw new Error(`the buckets of ${family} do not rise`);
      bound = next;
      count = value;
    } else if (name === `${family}_count`) {
      if (bound !== Number.POSITIVE_INFINITY || value !== count) throw new Error(`the last bucket of ${family} is not its count`);
      bound = Number.NEGATIVE_INFINITY;
      count = 0;
    }
  }
}
