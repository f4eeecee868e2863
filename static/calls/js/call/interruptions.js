/**
 * The device, or the system, takes a microphone or a camera away for a while: by a phone call,
 * another app, sleep. Tracks then claim to be muted, and afterwards some claim to be well and give
 * nothing but zeros. Found out here, and mended by a fresh track: once for each cause, then after
 * ever longer pauses. What is not mended in good time the person is asked to mend.
 *
 * @typedef {"audio" | "video"} Kind
 * @typedef {"muted" | "silent" | "failed"} Cause
 *   `muted` by the device, `silent`: nothing but zeros, `failed`: no fresh track was given
 * @typedef {{ audio: Cause | null, video: Cause | null, stuck: boolean }} Interrupted
 *   `stuck`: it needs a press
 */

/** @import { Media } from "./media.js" */

/** Milliseconds of zeros that tell: a quiet room gives more than that. */
export const SILENCE = 3000;
/** Milliseconds: readings further apart do not tell of the time between them. */
const GAP = 2500;
/** Milliseconds that an interruption has to end by itself, before a press is asked for. */
export const PATIENCE = 5000;
/**
 * Milliseconds from one try to the next. Who has a microphone that gives zeros to a quiet room
 * must not notice much of it.
 */
export const PAUSES = [0, 5000, 60_000, 600_000];
const LONGEST_PAUSE = Math.max(...PAUSES);

/**
 * @typedef {object} Source what is known of a microphone or a camera
 * @property {boolean} on          there is a track, and the person wants it
 * @property {boolean} muted
 * @property {boolean} silent      the latest track has given nothing but zeros
 * @property {boolean} failed
 * @property {boolean} wanted      something calls for a fresh track
 * @property {boolean} hurry       without a pause
 * @property {boolean} trying      it has been asked for
 * @property {boolean} heard       this track has given sound
 * @property {number} [energy]     of the sound so far, at
 * @property {number} readAt
 * @property {number | null} quietSince
 * @property {number | null} since of the interruption
 * @property {number} tries
 * @property {number} triedAt
 */

/** @type {Source} */
export const OFF = Object.freeze({
  on: false,
  muted: false,
  silent: false,
  failed: false,
  wanted: false,
  hurry: false,
  trying: false,
  heard: false,
  energy: undefined,
  readAt: 0,
  quietSince: null,
  since: null,
  tries: 0,
  triedAt: -Infinity,
});

/**
 * @typedef {{ type: "off" } | { type: "on", muted: boolean, fresh: boolean }
 *   | { type: "muted" } | { type: "unmuted" } | { type: "sound", energy: number | undefined }
 *   | { type: "shown" } | { type: "asked" } | { type: "trying" }
 *   | { type: "failed", muted: boolean }} Happening
 *   `on`: with a fresh track, or again with the same; `sound`: what the statistics say of the
 *   microphone; `shown`: the page is seen again; `asked`: the person pressed
 */

/**
 * @param {Source} source
 * @param {Happening} event
 * @param {number} at milliseconds
 * @returns {Source}
 */
export function next(source, event, at) {
  const after = changed(source, event, at);
  return { ...after, since: causeOf(after) === null ? null : (source.since ?? at) };
}

/** @param {Source} source @param {Happening} event @param {number} at @returns {Source} */
function changed(source, event, at) {
  switch (event.type) {
    case "off":
      return { ...OFF, heard: source.heard, tries: source.tries, triedAt: source.triedAt };
    case "on":
      return switchedOn(source, event);
    case "muted":
      // To ask for a fresh track mutes the old one on some phones.
      return source.trying ? source : { ...source, muted: true };
    case "unmuted":
      return { ...source, muted: false, wanted: true };
    case "sound":
      return withSound(source, event.energy, at);
    case "shown":
      return causeOf(source) === null ? source : { ...source, ...ANEW, tries: 0 };
    case "asked":
      // What could be tried without a press was.
      return { ...source, ...ANEW, tries: 1 };
    case "trying":
      return { ...source, ...tried(source, at) };
    case "failed":
      return { ...source, muted: event.muted, failed: true, wanted: true, trying: false };
  }
}

const ANEW = { wanted: true, hurry: true, trying: false };

/**
 * @param {Source} source
 * @param {{ muted: boolean, fresh: boolean }} event
 * @returns {Source}
 */
function switchedOn({ heard, silent, tries, triedAt }, { muted, fresh }) {
  return { ...OFF, on: true, muted, heard: heard && !fresh, silent, tries, triedAt };
}

/** @param {Source} source @param {number} at @returns {Partial<Source>} */
function tried({ hurry, tries, triedAt }, at) {
  const long = !hurry && at - triedAt >= LONGEST_PAUSE;
  const asking = { wanted: false, hurry: false, trying: true };
  return { ...asking, tries: (long ? 0 : tries) + 1, triedAt: at };
}

const SOUNDS = { heard: true, silent: false, failed: false, wanted: false };

/**
 * @param {Source} source
 * @param {number | undefined} energy
 * @param {number} at
 * @returns {Source}
 */
function withSound(source, energy, at) {
  const { on, muted, heard, silent, readAt } = source;
  const next = { ...source, energy, readAt: at, quietSince: null };
  if (!on || muted || energy === undefined || source.energy === undefined) return next;
  if (energy < source.energy || at - readAt > GAP) return next;
  if (energy > source.energy) return { ...next, ...SOUNDS };
  const quietSince = source.quietSince ?? readAt;
  if (at - quietSince < SILENCE) return { ...next, quietSince };
  return { ...next, quietSince, wanted: true, silent: silent || !heard };
}

// -- What follows from it --------------------------------------------------------------------

/** @param {Source} source @returns {Cause | null} why it gives nothing, as far as is known */
function causeOf({ on, muted, silent, failed }) {
  if (!on) return null;
  if (muted) return "muted";
  if (silent) return "silent";
  return failed ? "failed" : null;
}

/** When to try by itself; Infinity: not at all. @param {Source} source */
function triesAt({ on, wanted, trying, hurry, tries, triedAt }) {
  if (!on || !wanted || trying) return Infinity;
  return hurry ? -Infinity : triedAt + (PAUSES[tries] ?? LONGEST_PAUSE);
}

/** When to ask for a press; Infinity: never. @param {Source} source */
function stuckAt({ since, failed }) {
  if (since === null) return Infinity;
  return failed ? since : since + PATIENCE;
}

/** @param {Source} source @param {number} at */
export const isDue = (source, at) => triesAt(source) <= at;

/** When something will follow that does not now. @param {Source} source @param {number} at */
export function dueAt(source, at) {
  return Math.min(...[triesAt(source), stuckAt(source)].filter((when) => when > at), Infinity);
}

/** @param {Record<Kind, Source>} sources @param {number} at @returns {Interrupted} */
export function interruptedOf({ audio, video }, at) {
  const stuck = [audio, video].some((source) => stuckAt(source) <= at);
  return { audio: causeOf(audio), video: causeOf(video), stuck };
}

// -- Tracks and time --------------------------------------------------------------------------

const KINDS = /** @type {const} */ (["audio", "video"]);

export class Interruptions {
  /** @type {Interrupted} */
  interrupted = { audio: null, video: null, stuck: false };
  /** @type {Record<Kind, Source>} */
  #sources = { audio: OFF, video: OFF };
  /** @type {Record<Kind, MediaStreamTrack | null>} */
  #tracks = { audio: null, video: null };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {Pick<Media, "stream" | "audio" | "video" | "renew" | "changed">} media
   * @param {() => number} [now]
   */
  constructor(media, now = () => performance.now()) {
    this.media = media;
    this.now = now;
  }

  /** Other tracks are sent, or they are switched on or off. */
  follow() {
    for (const kind of KINDS) this.#follow(kind);
  }

  /** @param {number | undefined} energy of all the sound that the microphone has given */
  hear(energy) {
    this.#happened("audio", { type: "sound", energy });
  }

  /** The page is seen again. */
  show() {
    for (const kind of KINDS) this.#happened(kind, { type: "shown" });
  }

  /** The person presses: mend all that is interrupted. */
  mend() {
    for (const kind of KINDS) {
      if (this.interrupted[kind] !== null) this.#happened(kind, { type: "asked" });
    }
  }

  /** @param {Kind} kind */
  #follow(kind) {
    const track = this.media.stream.getTracks().find((one) => one.kind === kind) ?? null;
    const on = track !== null && this.media[kind];
    const fresh = track !== this.#tracks[kind];
    this.#tracks[kind] = track;
    if (fresh && track) this.#listen(kind, track);
    if (on && (fresh || !this.#sources[kind].on)) {
      this.#happened(kind, { type: "on", muted: track.muted, fresh });
    }
    if (!on && this.#sources[kind].on) this.#happened(kind, { type: "off" });
  }

  /** @param {Kind} kind @param {MediaStreamTrack} track */
  #listen(kind, track) {
    const hear = (/** @type {"muted" | "unmuted"} */ type) => () => {
      if (track === this.#tracks[kind]) this.#happened(kind, { type });
    };
    track.onmute = hear("muted");
    track.onunmute = hear("unmuted");
  }

  /** @param {Kind} kind @param {Happening} event */
  #happened(kind, event) {
    this.#sources[kind] = next(this.#sources[kind], event, this.now());
    this.#go();
  }

  /** What is due now is done, and what will be is waited for. */
  #go() {
    const now = this.now();
    for (const kind of KINDS) if (isDue(this.#sources[kind], now)) this.#try(kind);
    const sources = KINDS.map((kind) => this.#sources[kind]);
    const due = Math.min(...sources.map((source) => dueAt(source, now)));
    clearTimeout(this.#timer);
    if (due < Infinity) this.#timer = setTimeout(() => this.#go(), due - now);
    this.#tell(interruptedOf(this.#sources, now));
  }

  /** @param {Interrupted} interrupted */
  #tell(interrupted) {
    if (JSON.stringify(interrupted) === JSON.stringify(this.interrupted)) return;
    this.interrupted = interrupted;
    this.media.changed();
  }

  /** @param {Kind} kind */
  async #try(kind) {
    const track = this.#tracks[kind];
    this.#sources[kind] = next(this.#sources[kind], { type: "trying" }, this.now());
    const { tries } = this.#sources[kind];
    // Some browsers give the same dead source again as long as it is in use.
    const given = track !== null && (await this.media.renew(track, { letGo: tries > 1 }));
    const late = track !== this.#tracks[kind] || tries !== this.#sources[kind].tries;
    if (track && !given && !late) this.#happened(kind, { type: "failed", muted: track.muted });
  }
}
