/**
 * Which camera, microphone and speaker are used: what the person chose while it is there, else
 * whatever the system takes. A chosen device is known by its id, else by its label: ids change
 * when the data of a site are cleared, and in some browsers with every page; labels do not.
 */

import { Emitter } from "../base/events.js";

/** @import { Choice, Choices, Media, Processing } from "./media.js" */

/** @typedef {"camera" | "microphone" | "speaker"} Kind */

/** @type {Record<Kind, MediaDeviceKind>} */
const AS_LISTED = { camera: "videoinput", microphone: "audioinput", speaker: "audiooutput" };
const KINDS = /** @type {Kind[]} */ (Object.keys(AS_LISTED));

/** Ids of what is no device: unknown before permission, or what the system takes (Chromium). */
const NO_DEVICE = ["", "default", "communications"];

/** Milliseconds: a device with several parts comes and goes with as many events. */
export const SETTLING = 500;

/** What of a MediaDeviceInfo counts. @typedef {Pick<MediaDeviceInfo, "kind" | "deviceId"
 *   | "groupId" | "label">} Device */

/**
 * @typedef {object} Place where the chosen device is
 * @property {"default" | "unknown" | "here" | "gone"} state
 *   `default`: none is chosen; `unknown`: the browser does not name its devices yet
 * @property {string | null} id of what is to be asked for; null: whatever the system takes
 *
 * @typedef {object} Picker what there is to choose from
 * @property {boolean} known  whether the browser names the devices
 * @property {Choice[]} devices
 * @property {string} value   the id of the one that is chosen and used; "" for the system's
 * @property {string} missing the label of the one that is chosen and gone; else ""
 * @property {string} taken   the label of what the system takes, "" when unknown
 *
 * @typedef {{ what: "gone" | "back" | "failed", kind: Kind, label: string, now: string }} News
 *   `label` of the chosen device; `now`: of the one that is used, "" when that is unknown or none
 */

/** @param {Device[]} devices @param {Kind} kind */
const ofKind = (devices, kind) => devices.filter((one) => one.kind === AS_LISTED[kind]);

/** Those that can be chosen. @param {Device[]} devices @param {Kind} kind */
export const listed = (devices, kind) =>
  ofKind(devices, kind).filter(({ deviceId }) => !NO_DEVICE.includes(deviceId));

/**
 * Whether a browser tells which devices there are: without permission it has no labels.
 * @param {Device[]} devices
 * @param {Kind} kind
 */
export function isKnown(devices, kind) {
  const named = (/** @type {Device} */ { label }) => label !== "";
  return devices.some(named) && ofKind(devices, kind).every(named);
}

/**
 * @param {Device[]} devices
 * @param {Kind} kind
 * @param {Choice | null} choice
 * @returns {Place}
 */
export function placeOf(devices, kind, choice) {
  if (choice === null) return { state: "default", id: null };
  if (!isKnown(devices, kind)) return { state: "unknown", id: choice.id };
  const there = listed(devices, kind);
  const found =
    there.find(({ deviceId }) => deviceId === choice.id) ??
    there.find(({ label }) => label === choice.label);
  return found ? { state: "here", id: found.deviceId } : { state: "gone", id: null };
}

/** What a person is told of a change. @param {Place} before @param {Place} after */
export function newsOf(before, after) {
  if (before.state === after.state) return null;
  if (after.state === "gone") return "gone";
  return before.state === "gone" && after.state === "here" ? "back" : null;
}

/**
 * The label of a device in use; "" when it is unknown.
 * @param {Device[]} devices
 * @param {Kind} kind
 * @param {MediaTrackSettings} settings of its track
 */
export function labelOf(devices, kind, { deviceId = "default", groupId }) {
  const there = listed(devices, kind);
  // What stands for the system's is in one group with what it stands for.
  const group = groupId || ofKind(devices, kind).find((one) => one.deviceId === deviceId)?.groupId;
  const found =
    there.find((one) => one.deviceId === deviceId) ??
    there.find((one) => group && one.groupId === group);
  return found?.label ?? "";
}

/**
 * Events: `change`, there is something else to choose from, or something else is used; `news`
 * of a chosen device.
 * @extends {Emitter<{ change: null, news: News }>}
 */
export class Devices extends Emitter {
  /** @type {Device[]} */
  list = [];
  /** @type {Record<Kind, Place & { works: boolean }>} */
  #places;
  /** What happened before it is known what is used now. @type {Map<Kind, News>} */
  #untold = new Map();
  /** One change after the other. */
  #turn = Promise.resolve();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {{ media: Media, choices: Choices,
   *   play: (id: string | null) => Promise<boolean> }} parts
   *   `choices` outlive the page; `play`: have sound come from a speaker; whether it does, if
   *   not, it comes from the system's
   */
  constructor({ media, choices, play }) {
    super();
    this.media = media;
    this.choices = choices;
    this.play = play;
    const first = (/** @type {Kind} */ kind) => ({
      ...placeOf([], kind, choices[kind]),
      works: true,
    });
    this.#places = {
      camera: first("camera"),
      microphone: first("microphone"),
      speaker: first("speaker"),
    };
    media.devices?.addEventListener?.("devicechange", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.refresh(), SETTLING);
    });
    let { stream } = media;
    media.on("change", () => {
      if (media.stream !== stream) this.refresh();
      ({ stream } = media);
    });
  }

  /** Look what there is, and use what was chosen. Never rejects. */
  refresh() {
    return this.#next(async () => {
      const found = await this.media.devices?.enumerateDevices?.().catch(() => null);
      this.list = found ?? this.list;
      for (const kind of KINDS) await this.#follow(kind);
    });
  }

  /**
   * The person chooses. What does not start is told, and the choice before it stays.
   * @param {Kind} kind
   * @param {string} id "" for the system's
   */
  choose(kind, id) {
    return this.#next(async () => {
      const { choices } = this;
      const device = listed(this.list, kind).find(({ deviceId }) => deviceId === id);
      const choice = device ? { id, label: device.label } : null;
      const place = placeOf(this.list, kind, choice);
      this.#untold.delete(kind);
      if (await this.#use(kind, place)) {
        choices[kind] = choice;
        this.#places[kind] = { ...place, works: true };
      } else {
        // A speaker that fails leaves the sound to the system's.
        if (kind === "speaker") choices[kind] = null;
        this.#places[kind] = { ...placeOf(this.list, kind, choices[kind]), works: true };
        this.#untold.set(kind, { what: "failed", kind, label: device?.label ?? "", now: "" });
      }
    });
  }

  /** The camera after the one that is used: on phones, the one that looks the other way. */
  flip() {
    const there = listed(this.list, "camera");
    const { deviceId } = this.#settings("camera");
    const place = there.findIndex((one) => one.deviceId === deviceId);
    const next = there[(place + 1) % there.length];
    return next ? this.choose("camera", next.deviceId) : this.#turn;
  }

  /** @param {boolean} wanted the own picture as in a mirror */
  mirror(wanted) {
    this.choices.mirror = wanted;
    this.media.mirror = wanted;
    this.media.changed();
  }

  /** @param {keyof Processing} what @param {boolean} on whether it is done to the own sound */
  process(what, on) {
    const { choices, media } = this;
    const before = media.processing;
    choices.processing = media.processing = { ...before, [what]: on };
    return this.#next(async () => {
      const { microphone } = media.tracks;
      // A microphone that is in use is asked for anew: no browser changes all of it in place.
      if (!microphone || (await media.exchange(microphone, "ideal"))) return;
      choices.processing = media.processing = before;
    });
  }

  /** @param {Kind} kind @returns {Picker} */
  picker(kind) {
    const { state, id, works } = this.#places[kind];
    return {
      known: isKnown(this.list, kind),
      devices: listed(this.list, kind).map(({ deviceId, label }) => ({ id: deviceId, label })),
      value: state === "here" && works && id !== null ? id : "",
      missing: state === "gone" ? (this.choices[kind]?.label ?? "") : "",
      taken: state === "here" && works ? "" : this.#used(kind),
    };
  }

  /** @param {() => Promise<unknown>} step */
  #next(step) {
    this.#turn = this.#turn.then(async () => {
      await step();
      this.#tell();
      this.emit("change", null);
    });
    return this.#turn;
  }

  /** @param {Kind} kind */
  async #follow(kind) {
    const before = this.#places[kind];
    const choice = this.choices[kind];
    const place = placeOf(this.list, kind, choice);
    const same = place.state === before.state && place.id === before.id;
    // What failed is not tried again and again.
    if (choice === null || (same && (!before.works || this.#fits(kind, place)))) return;
    if (place.state === "here" && place.id !== null) {
      this.choices[kind] = { id: place.id, label: choice.label };
    }
    const works = await this.#use(kind, place);
    this.#places[kind] = { ...place, works };
    const what = works || place.state === "gone" ? newsOf(before, place) : "failed";
    if (what) this.#untold.set(kind, { what, kind, label: choice.label, now: "" });
  }

  /** @param {Kind} kind @param {Place} place @returns {Promise<boolean>} whether it was given */
  async #use(kind, { state, id }) {
    if (kind !== "speaker") return this.media.use(kind, id);
    return state === "unknown" || this.play(id);
  }

  /**
   * Whether what is sent is from there, as far as the browser tells.
   * @param {Kind} kind
   * @param {Place} place
   */
  #fits(kind, { state, id }) {
    const { deviceId } = this.#settings(kind);
    return state !== "here" || deviceId === undefined || deviceId === id;
  }

  /** @param {Kind} kind @returns {MediaTrackSettings} */
  #settings(kind) {
    const track = kind === "speaker" ? null : this.media.tracks[kind];
    return track?.getSettings() ?? {};
  }

  /** @param {Kind} kind */
  #used(kind) {
    const known = kind === "speaker" || this.media.tracks[kind];
    return known ? labelOf(this.list, kind, this.#settings(kind)) : "";
  }

  /** Whether something is used, or nothing is to be. @param {Kind} kind */
  #isSettled(kind) {
    if (kind === "speaker" || this.media.tracks[kind]) return true;
    return kind === "camera" && !this.media.video;
  }

  #tell() {
    for (const [kind, news] of this.#untold) {
      if (!this.#isSettled(kind)) continue;
      this.#untold.delete(kind);
      this.emit("news", { ...news, now: this.#used(kind) });
    }
  }
}
