/**
 * Camera and microphone. Knows no DOM beyond `navigator.mediaDevices`.
 *
 * @typedef {"denied" | "no-device" | "no-camera" | "no-microphone" | "in-use" | "insecure"
 *   | "no-access" | "unknown"} Problem `no-access`: not even over https, as in other apps' windows
 */

import { Emitter } from "../base/events.js";
import { Interruptions } from "./interruptions.js";

/** @import { Tracks } from "./lines.js" */

/** @type {MediaTrackConstraints} */
const VIDEO = { width: { ideal: 1280 }, height: { ideal: 720 } };
/** What is done to the sound of the microphone, unless the person wants otherwise. */
export const PROCESSING = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
/** @typedef {typeof PROCESSING} Processing */

/**
 * What is remembered of a chosen device.
 * @typedef {{ id: string, label: string }} Choice
 *
 * Null where the system's device is to be taken; `mirror`: the own picture as in a mirror;
 * `volume` of the other, 0 to 1.
 * @typedef {Record<Source | "speaker", Choice | null>
 *   & { mirror: boolean, processing: Processing, volume: number }} Choices
 */

/** @typedef {"camera" | "microphone"} Source */

/** Milliseconds before each attempt to get a lost device back. */
export const RECOVERY = [0, 1000, 3000];

/**
 * Event `change`: anything below is different, `stream` included.
 * @extends {Emitter<{ change: null }>}
 */
export class Media extends Emitter {
  /** @param {MediaDevices | undefined} [devices] absent on pages that are not secure */
  constructor(devices = navigator.mediaDevices) {
    super();
    this.devices = devices;
    /** What is sent: at most one track of each kind; a new object whenever that changes. */
    this.stream = new MediaStream();
    /** Whether the person wants to be heard and seen. */
    this.audio = true;
    this.video = true;
    /** Ids of the devices that are asked for; null: any. @type {Record<Source, string | null>} */
    this.chosen = { camera: null, microphone: null };
    this.processing = PROCESSING;
    /** Whether the person wants the own picture as in a mirror. */
    this.mirror = true;
    /** Whether the person wants less data to be used. */
    this.lowData = false;
    this.hasAudio = false;
    this.hasVideo = false;
    /** Whether the browser is asking the person, or is yet to be asked. */
    this.asking = true;
    this.opening = false;
    /** @type {Problem | null} */
    this.problem = null;
    /** Counts endings and switchings, to know an answer of the devices that comes too late. */
    this.closings = 0;
    this.switchings = 0;
    this.interruptions = new Interruptions(this);
  }

  /** What the slots for camera and microphone send. @returns {Tracks} */
  get tracks() {
    const [microphone = null] = this.stream.getAudioTracks();
    const [camera = null] = this.stream.getVideoTracks();
    return { microphone, camera };
  }

  /** Whether the other can hear and see anything of it. */
  get sending() {
    const { audio, video } = this.interruptions.interrupted;
    return {
      audio: this.hasAudio && this.audio && audio === null,
      video: this.hasVideo && this.video && video === null,
    };
  }

  /** Whether the own picture is shown as in a mirror. */
  get mirrored() {
    const { camera } = this.tracks;
    return isMirrored(this.mirror, camera?.getSettings().facingMode, camera?.label ?? "");
  }

  /** Ask for camera and microphone; what cannot be had is said in `problem`. Never rejects. */
  async open() {
    if (this.opening) return;
    this.asking = this.opening = true;
    this.problem = null;
    this.changed();
    const { closings } = this;
    const tracks = await this.ask();
    if (closings !== this.closings) {
      // Closed while the person was being asked.
      for (const track of tracks) track.stop();
      return;
    }
    this.asking = this.opening = false;
    // What works and was not given anew stays: to ask again must not take anything away.
    const kept = this.stream
      .getTracks()
      .filter((old) => old.readyState === "live" && !tracks.some(({ kind }) => kind === old.kind));
    this.replace([...tracks, ...kept]);
  }

  /** @returns {Promise<MediaStreamTrack[]>} */
  async ask() {
    const both = await this.get({ ...this.wish("audio"), ...this.wish("video") });
    if (Array.isArray(both)) return both;
    if (both === "insecure" || both === "no-access") {
      this.problem = both;
      return [];
    }
    // One of the two may be missing, in use or refused by itself.
    const audio = await this.get(this.wish("audio"));
    const video = await this.get(this.wish("video"));
    if (Array.isArray(audio) && Array.isArray(video)) return [...audio, ...video];
    if (Array.isArray(audio)) {
      this.problem = video === "no-device" ? "no-camera" : /** @type {Problem} */ (video);
      return audio;
    }
    if (Array.isArray(video)) {
      this.problem = audio === "no-device" ? "no-microphone" : /** @type {Problem} */ (audio);
      return video;
    }
    this.problem = both;
    return [];
  }

  /**
   * @param {string} kind "audio" or "video"
   * @param {"ideal" | "exact"} [how] the chosen device is asked for; `exact`: no other will do
   * @returns {MediaStreamConstraints}
   */
  wish(kind, how = "ideal") {
    const id = this.chosen[kind === "audio" ? "microphone" : "camera"];
    const device = id === null ? {} : { deviceId: { [how]: id } };
    if (kind === "audio") return { audio: { ...this.processing, ...device } };
    // Who has chosen a camera has chosen what it looks at.
    return { video: { ...VIDEO, ...(id === null ? { facingMode: "user" } : device) } };
  }

  /**
   * @param {MediaStreamConstraints} constraints
   * @returns {Promise<MediaStreamTrack[] | Problem>}
   */
  async get(constraints) {
    if (!this.devices?.getUserMedia) return isSecureContext ? "no-access" : "insecure";
    try {
      return (await this.devices.getUserMedia(constraints)).getTracks();
    } catch (error) {
      return problemOf(error);
    }
  }

  /** @param {MediaStreamTrack[]} tracks */
  replace(tracks) {
    for (const track of this.stream.getTracks()) {
      if (!tracks.includes(track)) track.stop();
    }
    for (const track of tracks) track.onended = () => this.ended(track);
    this.hasAudio = tracks.some(({ kind }) => kind === "audio");
    this.hasVideo ||= tracks.some(({ kind }) => kind === "video");
    for (const track of tracks) {
      if (track.kind === "audio") track.enabled = this.audio;
      else if (!this.video) track.stop();
    }
    this.stream = new MediaStream(tracks.filter((track) => track.kind === "audio" || this.video));
    this.changed();
  }

  /**
   * A device was unplugged, or the system took it away, as some do over sleep: look for it, or
   * for another one.
   * @param {MediaStreamTrack} track
   */
  async ended(track) {
    const { closings } = this;
    const { kind } = track;
    if (kind === "video") this.hasVideo = false;
    this.replace(this.stream.getTracks().filter((other) => other !== track));
    for (const wait of RECOVERY) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      const wanted = kind === "audio" || this.video;
      const has = this.stream.getTracks().some((other) => other.kind === kind);
      if (closings !== this.closings || !wanted || has) return;
      const found = await this.get(this.wish(kind));
      if (!Array.isArray(found)) continue;
      if (closings !== this.closings) {
        for (const late of found) late.stop();
      } else {
        this.replace([...this.stream.getTracks(), ...found]);
      }
      return;
    }
    this.problem = kind === "video" ? "no-camera" : "no-microphone";
    this.changed();
  }

  /**
   * A fresh track in place of one that gives nothing. If there is none, that one stays.
   * @param {MediaStreamTrack} old
   * @param {{ letGo: boolean }} options  letGo: of the device before it is asked for
   * @returns {Promise<boolean>} whether the device was given
   */
  async renew(old, { letGo }) {
    if (letGo) old.stop();
    const found = await this.get(this.wish(old.kind));
    if (!Array.isArray(found)) return false;
    const tracks = this.stream.getTracks();
    if (tracks.includes(old)) this.replace([...tracks.filter((one) => one !== old), ...found]);
    // Switched off, or replaced meanwhile.
    else for (const late of found) late.stop();
    return true;
  }

  /**
   * Ask for this device from now on. If one of its kind is sent, this one is at once, and as
   * long as possible the old one is until then.
   * @param {Source} source
   * @param {string | null} id null: any
   * @returns {Promise<boolean>} false: it was not given, and what was asked for before still is
   */
  async use(source, id) {
    const before = this.chosen[source];
    this.chosen[source] = id;
    const old = this.tracks[source] ?? null;
    const has = source === "camera" ? this.hasVideo : this.hasAudio;
    // It may be what was missing.
    if (!has && this.problem) await this.open();
    const same = id === null ? before === null : id === old?.getSettings().deviceId;
    if (old === null || same) return true;
    if (await this.exchange(old, "exact")) return true;
    this.chosen[source] = before;
    // Where the old one was let go of in vain.
    if (old.readyState !== "live" && !(await this.exchange(old, "ideal"))) this.ended(old);
    return false;
  }

  /**
   * What was chosen in place of what is sent of its kind; given back if nothing is any more.
   * @param {MediaStreamTrack} old
   * @param {"ideal" | "exact"} how as with `wish`
   * @returns {Promise<boolean>} whether it was given
   */
  async exchange(old, how) {
    const { kind } = old;
    // A camera with a side is a phone's, and phones open one at a time.
    if (old.getSettings().facingMode !== undefined) old.stop();
    let found = await this.get(this.wish(kind, how));
    if (found === "in-use" && old.readyState === "live") {
      old.stop();
      found = await this.get(this.wish(kind, how));
    }
    if (!Array.isArray(found)) return false;
    const tracks = this.stream.getTracks();
    const others = tracks.filter((one) => one.kind !== kind);
    if (others.length < tracks.length) this.replace([...others, ...found]);
    else for (const late of found) late.stop();
    return true;
  }

  toggleAudio() {
    this.audio = !this.audio;
    for (const track of this.stream.getAudioTracks()) track.enabled = this.audio;
    this.changed();
  }

  /** Off really switches the camera off, its light included. */
  async toggleVideo() {
    this.video = !this.video;
    const switching = ++this.switchings;
    if (!this.video) {
      this.replace(this.stream.getAudioTracks());
      return;
    }
    this.changed();
    const video = await this.get(this.wish("video"));
    if (switching !== this.switchings) {
      if (Array.isArray(video)) for (const track of video) track.stop();
    } else if (!Array.isArray(video)) {
      this.video = false;
      this.problem = video === "no-device" ? "no-camera" : video;
      this.changed();
    } else {
      this.replace([...this.stream.getAudioTracks(), ...video]);
    }
  }

  /** @param {boolean} lowData in both directions, from now on */
  useLessData(lowData) {
    this.lowData = lowData;
    this.changed();
  }

  /** Let go of camera and microphone. */
  close() {
    this.closings++;
    this.switchings++;
    this.asking = this.opening = false;
    for (const track of this.stream.getTracks()) track.onended = null;
    this.hasVideo = false;
    this.replace([]);
  }

  changed() {
    this.interruptions.follow();
    this.emit("change", null);
  }
}

/** A camera that looks away from the person, where the browser tells by its label alone. */
const BACK = /\b(back|rear|environment)\b|задн/i;

/**
 * Whether a camera's picture is shown as in a mirror, as it is wanted: never that of one which
 * looks away from the person.
 * @param {boolean} wanted
 * @param {string | undefined} facingMode where the browser tells
 * @param {string} label
 */
export const isMirrored = (wanted, facingMode, label) =>
  wanted && facingMode !== "environment" && (facingMode !== undefined || !BACK.test(label));

/**
 * @param {unknown} error what getUserMedia rejected with (Media Capture and Streams, 10.2)
 * @returns {Problem}
 */
export function problemOf(error) {
  switch (error instanceof Error ? error.name : "") {
    case "NotAllowedError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "no-device";
    case "NotReadableError":
    case "AbortError":
      return "in-use";
    case "SecurityError":
      return "insecure";
    default:
      return "unknown";
  }
}
