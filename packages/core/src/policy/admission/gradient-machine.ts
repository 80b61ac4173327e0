import type { AdmissionOutcome, ConcurrencyLimit } from './limit-policy.ts';

interface GradientSettings {
  readonly min: number;
  readonly max: number;
  readonly initial: number;
  readonly tolerance: number;
}

/** Samples over which the usual time is averaged. */
const longWindow = 600;
/** Of how many samples one change is made at least, because one alone is chance. */
const windowSamples = 10;
/** And how long they are collected at least, where a call takes less: no change before the last one can have been felt. */
const windowMs = 10;
/** Windows at the beginning that only teach what is usual. The very first calls to end are the shortest of those that began. */
const firstWindows = 10;
/** How much of a window at the lowest limit is believed. */
const lowestWeight = 0.1;
/** How much of a change is made at once. */
const smoothing = 0.2;
/** Places beyond what the gradient allows, which a target that is not full turns into growth. */
const headroom = 4;
/** Windows without a look at the target at ease, until one is made. */
const probeEvery = 100;
/** How much of what a probe finds is believed. */
const probeWeight = 0.25;
/** How many times what a call takes a probe may last, where long calls hold the places that it wants empty. */
const probeCalls = 6;

/** The states of `gradientLimit`. */
export class GradientLimit implements ConcurrencyLimit {
  readonly #settings: GradientSettings;
  /** With its fraction: growth of less than a place must add up. */
  #limit: number;
  /** How long a call takes when the target is at ease; 0 while nothing is known. */
  #usualMs = 0;
  /** How long one took in the last window. */
  #presentMs = 0;
  #learnt = 0;
  /** Windows since it was known to be at ease. */
  #unknownFor = 0;
  /** When a probe ends whatever it has found; `-Infinity` when there is none. */
  #probeUntil = Number.NEGATIVE_INFINITY;
  #samples = 0;
  #sumMs = 0;
  #successes = 0;
  #successMs = 0;
  #mostInside = 0;
  /** The window does not begin before the calls of another load have left, nor end before as long as a call takes. */
  #from = Number.NEGATIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;

  constructor(settings: GradientSettings) {
    this.#settings = settings;
    this.#limit = settings.initial;
  }

  places(now: number): number {
    return now < this.#probeUntil ? this.#probePlaces() : Math.floor(this.#limit);
  }

  sample(now: number, latencyMs: number, inside: number, outcome: AdmissionOutcome): void {
    if (outcome === 'ignored') return;
    const probing = this.#probeUntil !== Number.NEGATIVE_INFINITY;
    if (probing && now >= this.#probeUntil) this.#endProbe();
    else if (probing && this.#from === Number.POSITIVE_INFINITY && inside <= this.#probePlaces()) this.#from = now + this.#callMs();
    if (now < this.#from) return;
    if (this.#samples === 0) this.#to = now + this.#callMs();
    // a target that refuses quickly is as full as one that answers late
    const felt = outcome === 'overload' ? Math.max(latencyMs, 2 * this.#settings.tolerance * this.#usualMs) : latencyMs;
    this.#samples++;
    this.#sumMs += felt;
    if (outcome === 'success') {
      this.#successes++;
      this.#successMs += latencyMs;
    }
    if (inside > this.#mostInside) this.#mostInside = inside;
    if (this.#samples < windowSamples || now < this.#to) return;
    this.#presentMs = this.#sumMs / this.#samples;
    if (this.#probeUntil !== Number.NEGATIVE_INFINITY) {
      this.#learn(probeWeight);
      this.#endProbe();
    } else {
      this.#change(now);
      this.#begin();
    }
  }

  #change(now: number): void {
    const halfUnused = this.#mostInside < this.#limit / 2;
    const lowest = this.#limit < this.#settings.min + 1;
    const first = this.#learnt < firstWindows;
    if (halfUnused || lowest || first) {
      this.#learn(lowest ? lowestWeight : Math.min(lowestWeight, (2 * this.#samples) / (longWindow + 1)));
      this.#unknownFor = 0;
    }
    // back from a long time of overload: the average alone would take too long to come down
    if (this.#usualMs > 2 * this.#presentMs) this.#usualMs *= 0.9;
    if (halfUnused || first) return;
    this.#move();
    if (++this.#unknownFor > probeEvery) this.#probeUntil = now + probeCalls * this.#callMs();
  }

  #move(): void {
    const { min, max, tolerance } = this.#settings;
    const gradient = this.#presentMs > 0 ? Math.max(0.5, Math.min(1, (tolerance * this.#usualMs) / this.#presentMs)) : 1;
    // a quarter of a small limit, so that even the steepest gradient leads below it
    const target = this.#limit * gradient + Math.min(headroom, this.#limit / 4);
    const smoothed = this.#limit * (1 - smoothing) + target * smoothing;
    this.#limit = Math.max(min, Math.min(max, smoothed));
  }

  /** The first windows weigh alike. What was given up teaches nothing, and where that is the most, the rest are the lucky ones. */
  #learn(weight: number): void {
    if (this.#successes < this.#samples / 2) return;
    this.#learnt++;
    this.#usualMs += (this.#successMs / this.#successes - this.#usualMs) * Math.max(weight, 1 / this.#learnt);
  }

  #probePlaces(): number {
    return Math.max(this.#settings.min, Math.floor(this.#limit / 2));
  }

  #callMs(): number {
    return Math.max(windowMs, this.#usualMs, this.#presentMs);
  }

  #endProbe(): void {
    this.#probeUntil = Number.NEGATIVE_INFINITY;
    this.#unknownFor = 0;
    this.#begin();
  }

  #begin(): void {
    this.#samples = 0;
    this.#sumMs = 0;
    this.#successes = 0;
    this.#successMs = 0;
    this.#mostInside = 0;
    // in a probe the calls beyond it leave first, see `sample`
    this.#from = this.#probeUntil === Number.NEGATIVE_INFINITY ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
}
