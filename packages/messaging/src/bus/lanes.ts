/** What waits for its turn within one key. */
export interface Lane {
  /** One of it was lost: what was taken behind that one must not be begun before it. */
  isBroken: boolean;
}

interface OpenLane extends Lane {
  end: Promise<void> | undefined;
  /** How many have not ended. */
  count: number;
}

/** One after the other within a key; keys beside each other. */
export class Lanes {
  readonly #lanes = new Map<string, OpenLane>();

  /** Begins when everything that was put before into the same lane has ended. `work` never rejects. */
  async run(key: string, work: (lane: Lane) => Promise<void>): Promise<void> {
    const lane: OpenLane = this.#lanes.get(key) ?? { isBroken: false, end: undefined, count: 0 };
    this.#lanes.set(key, lane);
    lane.count++;
    const running = lane.end ? lane.end.then(() => work(lane)) : work(lane);
    lane.end = running;
    await running;
    if (--lane.count === 0) this.#lanes.delete(key);
  }
}
