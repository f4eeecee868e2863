/**
 * What a call looks like: the only module that touches the document.
 *
 * The rest of the page hands in a model and streams; the view draws them and reports what the
 * person pressed as events. Copying the link, the invitation panel, the keyboard shortcuts and
 * getting sound past the browser's autoplay rule stay in here. What it says is in
 * view/sentences.js.
 */

import {
  copyLabel,
  copySpoken,
  endingOf,
  invitationOf,
  joinLabel,
  noticeOf,
  otherOf,
  phaseSpoken,
  problemOf,
  shareTextOf,
  titleOf,
  toggleLabel,
} from "./view/sentences.js";

/** @import { Phase, Screen } from "./view/sentences.js" */

/**
 * @typedef {object} Local
 * @property {boolean} audio    the microphone is on
 * @property {boolean} video    the camera is on
 * @property {boolean} hasAudio there is a microphone
 * @property {boolean} hasVideo there is a camera
 * @property {boolean} asking   the browser is asking for permission
 * @property {string|null} problem
 */

/**
 * @typedef {object} Model
 * @property {Screen} screen
 * @property {Phase} phase          of the media, while `screen` is "call"
 * @property {string|null} notice
 * @property {string|null} reason   why the call ended
 * @property {string|null} code     of the server's error when it refused
 * @property {Local} local
 * @property {{name: string|null, audio: boolean, video: boolean}|null} remote
 * @property {string} link          the invitation link
 * @property {string} name          of the person at this page
 */

/** Milliseconds the copy button says "Copied". */
const COPIED_FOR = 2500;

/** Milliseconds a sentence stays that the person asked for. */
const EXPLAINED_FOR = 9000;

/** The browser's own bars take this colour while the dark stage is on. */
const STAGE_COLOR = "#0b110e";

/** @param {Element} element @param {string} text */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {Element} element @param {string} name @param {string} value */
function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** @param {HTMLElement|SVGElement} element @param {boolean} shown */
function setShown(element, shown) {
  if (element.hasAttribute("hidden") === shown) element.toggleAttribute("hidden", !shown);
}

/** @param {HTMLVideoElement} video @param {MediaStream|null} stream @returns {boolean} changed */
function setStream(video, stream) {
  if (video.srcObject === stream) return false;
  video.srcObject = stream;
  return true;
}

/** First letter of a name, whole even beyond the basic plane. @param {string} name */
function initialOf(name) {
  return ([...name.trim()][0] ?? "").toLocaleUpperCase();
}

/** Is the person typing there? @param {EventTarget|null} target */
function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !target.readOnly;
  return target.isContentEditable || target.matches("textarea, select");
}

/** The parts of the page, by name. @param {Document} root */
function partsOf(root) {
  /** @param {string} id @returns {HTMLElement} */
  const find = (id) => {
    const element = root.getElementById(id);
    if (!element) throw new Error(`The page has no #${id}.`);
    return element;
  };
  const video = (/** @type {string} */ id) => /** @type {HTMLVideoElement} */ (find(id));
  const input = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (find(id));
  const all = (/** @type {string} */ selector) =>
    /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]);
  return {
    screens: all("[data-for]"),
    notice: find("notice"),
    phase: find("phase"),
    said: find("said"),

    previewTile: find("preview-tile"),
    previewVideo: video("preview-video"),
    asking: find("asking"),
    cameraIsOff: find("camera-is-off"),
    problem: find("problem"),
    mediaProblem: find("media-problem"),
    form: find("join-form"),
    name: input("name"),
    join: /** @type {HTMLButtonElement} */ (find("join")),
    joinLabel: find("join-label"),

    stage: find("stage"),
    remoteVideo: video("remote-video"),
    person: find("person"),
    initial: find("initial"),
    noInitial: find("no-initial"),
    connecting: find("connecting"),
    idle: find("idle"),
    remoteName: find("remote-name"),
    remoteMuted: find("remote-muted"),
    remoteCameraOff: find("remote-camera-off"),
    hear: find("hear"),
    selfTile: find("self"),
    localVideo: video("local-video"),
    selfMuted: find("self-muted"),

    invite: find("invite"),
    invitation: find("invitation"),
    invitationTitle: find("invitation-title"),
    invitationHint: find("invitation-hint"),
    alone: find("alone"),
    links: [input("link"), input("link-here")],
    copy: find("copy"),
    copyButtons: all("[data-copies]"),
    share: find("share"),
    close: find("close"),

    endedTitle: find("ended-title"),
    endedReason: find("ended-reason"),

    muteButtons: [find("preview-mute"), find("mute")],
    cameraButtons: [find("preview-camera"), find("camera")],
    /** @type {[HTMLElement, string][]} a button and the event it stands for */
    plainButtons: [
      [find("hangup"), "hangup"],
      [find("again"), "again"],
      [find("use-here"), "use-here"],
      [find("retry-media"), "retry-media"],
      [find("leave"), "leave-queue"],
    ],
  };
}

export class View extends EventTarget {
  /** @type {Document} */ #root;
  /** @type {ReturnType<typeof partsOf>} */ #ui;
  /** @type {Model|null} */ #model = null;
  /** @type {MediaStream|null} */ #local = null;
  #invitationOpen = false;
  /** The other person's name, kept for the sentences after they have gone. */
  #otherName = "";
  /** The person pressed a switch whose device is missing: say why, for a while. */
  #explaining = 0;
  /** @type {Map<HTMLElement, number>} */ #copied = new Map();
  /** @type {Map<HTMLMetaElement, string>} */ #themeColors = new Map();

  /** @param {Document} root */
  constructor(root = document) {
    super();
    this.#root = root;

    const ui = (this.#ui = partsOf(root));

    // Own sound must never come out of the own loudspeaker; the attribute alone is only a default.
    ui.previewVideo.muted = ui.localVideo.muted = true;

    // A finger or a pointer on its way to the button, or a name being typed.
    for (const type of ["pointerover", "pointerdown", "focusin"]) {
      ui.form.addEventListener(type, () => this.#emit("about-to-join"));
    }
    ui.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#model?.screen !== "preview") return;
      this.#emit("join", { name: ui.name.value.trim() });
    });
    for (const button of ui.muteButtons) {
      button.addEventListener("click", () => this.#toggle("audio"));
    }
    for (const button of ui.cameraButtons) {
      button.addEventListener("click", () => this.#toggle("video"));
    }
    for (const [button, type] of ui.plainButtons) {
      button.addEventListener("click", () => this.#emit(type));
    }

    ui.invite.addEventListener("click", () => this.#openInvitation(!this.#invitationOpen, true));
    ui.close.addEventListener("click", () => this.#openInvitation(false, true));
    for (const link of ui.links) link.addEventListener("focus", () => link.select());
    for (const button of ui.copyButtons) {
      button.addEventListener("click", () => this.#copyLink(button));
    }
    setShown(ui.share, typeof navigator.share === "function");
    ui.share.addEventListener("click", () => this.#shareLink());

    ui.hear.addEventListener("click", () => this.#playRemote(true));
    ui.remoteVideo.addEventListener("playing", () => this.#shape());
    ui.remoteVideo.addEventListener("resize", () => this.#shape());
    root.addEventListener("visibilitychange", () => {
      // Phones pause videos of a page in the background and do not always resume them.
      if (root.visibilityState !== "visible") return;
      if (ui.remoteVideo.srcObject && ui.remoteVideo.paused) this.#playRemote();
      for (const video of [ui.previewVideo, ui.localVideo]) {
        if (video.srcObject && video.paused) video.play().catch(() => {});
      }
    });
    root.addEventListener("keydown", (event) => this.#onKey(event));

    ui.join.disabled = false;
  }

  /**
   * Draw the model. Cheap to call again with the same one.
   * @param {Model} model
   */
  render(model) {
    const before = this.#model;
    this.#model = structuredClone(model);
    const { screen, phase, local, remote } = model;
    const body = this.#root.body;

    if (screen === "preview" || screen === "joining") this.#otherName = "";
    if (remote) this.#otherName = remote.name ?? "";

    setAttribute(body, "data-screen", screen);
    setAttribute(body, "data-phase", phase);
    const section = this.#sectionOf(screen);
    for (const element of this.#ui.screens) setShown(element, element === section);
    const title = titleOf(model);
    if (this.#root.title !== title) this.#root.title = title;
    if (screen !== before?.screen) this.#colorBars(screen === "call");

    const explanation = this.#explaining && screen === "call" ? problemOf(local) : "";
    const notice = noticeOf(model, this.#otherName) || explanation;
    setText(this.#ui.notice, notice);
    setShown(this.#ui.notice, notice !== "");
    setText(this.#ui.phase, screen === "call" ? phaseSpoken(phase) : "");

    if (model.name !== before?.name) this.#ui.name.value = model.name;
    for (const link of this.#ui.links) if (link.value !== model.link) link.value = model.link;

    this.#renderPreview(model);
    this.#renderControls(local);
    this.#renderRemote(model);
    if (screen === "ended") {
      const ending = endingOf(model, this.#otherName);
      setText(this.#ui.endedTitle, ending.title);
      setText(this.#ui.endedReason, ending.text);
    }

    const alone = screen === "call" && phase === "waiting";
    const wasAlone = before?.screen === "call" && before.phase === "waiting";
    if (alone !== wasAlone) this.#openInvitation(alone);
    this.#renderInvitation(model);

    this.#attachLocal();
    if (before) this.#moveFocus(before.screen, screen);
  }

  /**
   * Show the own camera, large before the call and small in it.
   * @param {MediaStream|null} stream
   */
  showLocal(stream) {
    this.#local = stream;
    this.#attachLocal();
  }

  /**
   * Show and play what the other person sends.
   * @param {MediaStream|null} stream
   */
  showRemote(stream) {
    if (!setStream(this.#ui.remoteVideo, stream)) return;
    setShown(this.#ui.hear, false);
    this.#ui.remoteVideo.muted = false;
    if (stream) this.#playRemote();
  }

  /** @param {string} type @param {object} [detail] */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** @param {"audio"|"video"} kind */
  #toggle(kind) {
    const local = this.#model?.local;
    if (!local) return;
    if (kind === "audio" ? local.hasAudio : local.hasVideo) {
      this.#emit(kind === "audio" ? "toggle-audio" : "toggle-video");
      return;
    }
    // Without a device there is nothing to switch: look for one instead.
    if (local.asking) return;
    clearTimeout(this.#explaining);
    this.#explaining = setTimeout(() => {
      this.#explaining = 0;
      if (this.#model) this.render(this.#model);
    }, EXPLAINED_FOR);
    this.#emit("retry-media");
    if (this.#model) this.render(this.#model);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key === "Escape" && this.#invitationOpen) {
      this.#openInvitation(false, true);
      return;
    }
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target)) return;
    const screen = this.#model?.screen;
    if (screen !== "preview" && screen !== "joining" && screen !== "call") return;
    const key = event.key.toLowerCase();
    if (key === "m") this.#toggle("audio");
    else if (key === "v") this.#toggle("video");
  }

  /** @param {Model} model */
  #renderPreview({ screen, local }) {
    const showing = local.hasVideo && local.video;
    const problem = local.asking ? "" : problemOf(local);
    setAttribute(this.#ui.previewTile, "data-video", showing ? "on" : "off");
    setShown(this.#ui.asking, local.asking && !showing);
    setText(this.#ui.mediaProblem, problem);
    const hadFocus = this.#ui.problem.contains(this.#root.activeElement);
    setShown(this.#ui.problem, problem !== "");
    if (hadFocus && problem === "") this.#ui.join.focus();
    setShown(this.#ui.cameraIsOff, !local.asking && !showing && problem === "");

    const busy = screen === "joining";
    setText(this.#ui.joinLabel, joinLabel(busy));
    // Not `disabled`: that would throw the keyboard focus away.
    setAttribute(this.#ui.join, "aria-disabled", String(busy));
    this.#ui.name.readOnly = busy;
  }

  /** @param {Local} local */
  #renderControls(local) {
    // What the browser is still asking for is neither missing nor off.
    const hasAudio = local.hasAudio || local.asking;
    const hasVideo = local.hasVideo || local.asking;
    const muted = local.hasAudio ? !local.audio : !local.asking;
    const dark = local.hasVideo ? !local.video : !local.asking;
    for (const button of this.#ui.muteButtons) {
      this.#renderToggle(button, "audio", { present: hasAudio, on: !muted });
    }
    for (const button of this.#ui.cameraButtons) {
      this.#renderToggle(button, "video", { present: hasVideo, on: !dark });
    }
    setAttribute(this.#ui.selfTile, "data-video", dark ? "off" : "on");
    setShown(this.#ui.selfMuted, muted);
  }

  /**
   * @param {HTMLElement} button
   * @param {"audio"|"video"} kind
   * @param {{ present: boolean, on: boolean }} state
   */
  #renderToggle(button, kind, state) {
    const { label, name, hint } = toggleLabel(kind, state);
    setText(/** @type {Element} */ (button.lastElementChild), label);
    setAttribute(button, "aria-label", name);
    setAttribute(button, "title", hint);
    setAttribute(button, "data-off", String(!state.on));
    setAttribute(button, "data-missing", String(!state.present));
  }

  /** @param {Model} model */
  #renderRemote({ screen, phase, remote }) {
    const here = remote !== null && phase !== "waiting";
    const connecting = phase === "connecting";
    const seen = here && !connecting && remote.video;
    setAttribute(this.#ui.stage, "data-video", seen ? "on" : "off");
    setAttribute(this.#ui.stage, "data-busy", String(connecting));
    setShown(this.#ui.person, connecting || (here && !seen));
    setShown(this.#ui.connecting, connecting);
    const initial = initialOf(this.#otherName);
    setText(this.#ui.initial, initial);
    setShown(this.#ui.noInitial, initial === "");
    setText(this.#ui.remoteName, this.#otherName);
    setShown(this.#ui.remoteName, here && this.#otherName !== "");
    setShown(this.#ui.remoteMuted, here && !connecting && !remote.audio);
    setShown(this.#ui.remoteCameraOff, here && !connecting && !remote.video);
    if (screen === "call") setAttribute(this.#ui.remoteVideo, "aria-label", otherOf(this.#otherName));
  }

  /** @param {Model} model */
  #renderInvitation(model) {
    const alone = model.phase === "waiting";
    const { title, text } = invitationOf(model, this.#otherName);
    setShown(this.#ui.alone, alone);
    setText(this.#ui.invitationTitle, title);
    setText(this.#ui.invitationHint, text);
    setShown(this.#ui.idle, alone && !this.#invitationOpen);
  }

  /** @param {boolean} open @param {boolean} [byHand] */
  #openInvitation(open, byHand = false) {
    const hadFocus = this.#ui.invitation.contains(this.#root.activeElement);
    this.#invitationOpen = open;
    setShown(this.#ui.invitation, open);
    setAttribute(this.#ui.invite, "aria-expanded", String(open));
    if (this.#model) this.#renderInvitation(this.#model);
    if (open && byHand) this.#ui.copy.focus();
    if (!open && (byHand || hadFocus) && this.#model?.screen === "call") this.#ui.invite.focus();
  }

  /** The part of the page for a screen; "preview" and "joining" share one. @param {Screen} screen */
  #sectionOf(screen) {
    return this.#ui.screens.find((one) => (one.dataset.for ?? "").split(" ").includes(screen));
  }

  /** @param {Screen} before @param {Screen} after */
  #moveFocus(before, after) {
    const [old, now] = [before, after].map((screen) => this.#sectionOf(screen));
    if (now && now !== old) now.querySelector("h1")?.focus();
  }

  /** Only the visible element gets the stream: one picture is enough work. */
  #attachLocal() {
    const inCall = this.#model?.screen === "call";
    const before = this.#model === null || ["preview", "joining"].includes(this.#model.screen);
    for (const [video, active] of /** @type {const} */ ([
      [this.#ui.previewVideo, before],
      [this.#ui.localVideo, inCall],
    ])) {
      const stream = active ? this.#local : null;
      if (setStream(video, stream) && stream) video.play().catch(() => {});
    }
  }

  /** @param {boolean} [pressed] */
  async #playRemote(pressed = false) {
    const video = this.#ui.remoteVideo;
    const stream = video.srcObject;
    if (pressed) video.muted = false;
    try {
      await video.play();
      if (video.srcObject === stream && !video.muted) setShown(this.#ui.hear, false);
    } catch (error) {
      if (video.srcObject !== stream || !stream) return;
      if (!(error instanceof DOMException) || error.name !== "NotAllowedError") return;
      // Sound needs a press first; the picture may run without.
      setShown(this.#ui.hear, true);
      video.muted = true;
      video.play().catch(() => {});
    }
  }

  /** Give the element its picture's shape. An upright one may also fill an upright phone. */
  #shape() {
    const video = this.#ui.remoteVideo;
    if (!video.videoWidth || !video.videoHeight) return;
    // Two digits: the sender's resolution wavers by a pixel, the page should not.
    const ratio = (video.videoWidth / video.videoHeight).toFixed(2);
    const { style } = this.#ui.stage;
    if (style.getPropertyValue("--ratio") !== ratio) style.setProperty("--ratio", ratio);
    setAttribute(this.#ui.stage, "data-shape", Number(ratio) < 1 ? "upright" : "wide");
  }

  /** @param {HTMLElement} button */
  async #copyLink(button) {
    const field = this.#ui.links.find((one) => one.id === button.dataset.copies);
    if (!field) return;
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      field.focus();
      field.select();
      const copied = this.#root.execCommand("copy");
      button.focus();
      if (!copied) {
        field.focus(); // selected, ready for the person's own copy command
        return;
      }
    }
    const label = /** @type {Element} */ (button.lastElementChild);
    setText(label, copyLabel(true));
    setAttribute(button, "data-done", "true");
    setText(this.#ui.said, copySpoken());
    clearTimeout(this.#copied.get(button));
    this.#copied.set(
      button,
      setTimeout(() => {
        setText(label, copyLabel(false));
        setAttribute(button, "data-done", "false");
        setText(this.#ui.said, "");
      }, COPIED_FOR),
    );
  }

  async #shareLink() {
    try {
      const url = this.#ui.links[0].value;
      await navigator.share({ ...shareTextOf(), url });
    } catch {
      // Closed without choosing: nothing to do.
    }
  }

  /** @param {boolean} dark */
  #colorBars(dark) {
    for (const meta of this.#root.querySelectorAll("meta[name=theme-color]")) {
      const one = /** @type {HTMLMetaElement} */ (meta);
      if (!this.#themeColors.has(one)) this.#themeColors.set(one, one.content);
      one.content = dark ? STAGE_COLOR : (this.#themeColors.get(one) ?? one.content);
    }
  }
}
