/** What waits for its turn within one key. */
export interface Lane {
  /** One of it was lost: what this member had taken until then must not be begun before that one. By `order`; 0 where nothing was lost. */
  brokenUpTo: number;
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
    const lane: OpenLane = this.#lanes.get(key) ?? { brokenUpTo: 0, end: undefined, count: 0 };
    this.#lanes.set(key, lane);
    lane.count++;
    const running = lane.end ? lane.end.then(() => work(lane)) : work(lane);
    lane.end = running;
    await running;
    if (--lane.count === 0) this.#lanes.delete(key);
  }
}
