/** What is in the dialog of devices, and what is told of them. */

import { gettext } from "../base/text.js";
import { setShown, setText } from "./dom.js";
import { listen } from "./level.js";
import { playTone } from "./tone.js";

/** @import { Devices, Kind, News, Picker } from "../call/devices.js" */
/** @import { Media, Processing } from "../call/media.js" */
/** @import { Speaker } from "./speaker.js" */
/** @import { View } from "./view.js" */

/** The level from which a microphone is said to work: a quiet room gives less. */
const HEARD = 0.35;
/** What is left of a level at the next look. */
const FALL = 0.85;
/** The value of a device that is chosen and gone. */
const MISSING = "missing";

/** What may be done to the sound of the microphone, and its box. */
const PROCESSED = {
  echoCancellation: "devices-echo",
  noiseSuppression: "devices-noise",
  autoGainControl: "devices-gain",
};

/** Whether pages may set how loud they are: on iOS only the device's own buttons do. */
function canTurn() {
  const probe = document.createElement("video");
  probe.volume = 0.5;
  return probe.volume === 0.5;
}

/** @typedef {{ value: string, text: string }} Option */

/** What a select offers. @param {Picker} picker @returns {Option[]} */
export function optionsOf({ devices, missing, taken }) {
  const first = taken ? gettext("Default: {label}", { label: taken }) : gettext("Default");
  const gone = { value: MISSING, text: gettext("{label} (not connected)", { label: missing }) };
  return [
    { value: "", text: first },
    ...devices.map(({ id, label }) => ({ value: id, text: label })),
    ...(missing ? [gone] : []),
  ];
}

/** @param {HTMLSelectElement} select @param {Picker} picker */
function fill(select, picker) {
  const options = optionsOf(picker);
  const shown = [...select.options].map(({ value, text }) => ({ value, text }));
  // Anew only if something is different: it may be unfolded.
  if (JSON.stringify(options) !== JSON.stringify(shown)) {
    select.replaceChildren(...options.map(({ value, text }) => new Option(text, value)));
  }
  select.value = picker.missing ? MISSING : picker.value;
}

/** @param {{ muted: boolean, heard: boolean }} state @returns {string} */
export function levelSentence({ muted, heard }) {
  if (muted) return gettext("The microphone is muted.");
  return heard ? gettext("Your microphone works.") : gettext("Say something: the bar should move.");
}

/** @param {News} news @returns {string} */
export function newsSentence({ what, kind, label, now }) {
  switch (what) {
    case "gone":
      return now
        ? gettext("{label} is gone. Now using {now}.", { label, now })
        : gettext("{label} is gone.", { label });
    case "back":
      return gettext("{label} is back. Now using it again.", { label });
    case "failed":
      return kind === "speaker"
        ? gettext("{label} gives no sound. It comes from the default speaker.", { label })
        : gettext("{label} did not start.", { label });
  }
}

/**
 * @param {{ devices: Devices, media: Media, speaker: Speaker, view: View }} parts
 * @returns {() => Promise<void>} to be called when the dialog opens
 */
export function picker({ devices, media, speaker, view }) {
  const dialog = view.part("devices", HTMLDialogElement);
  const unnamed = view.part("devices-unnamed", HTMLElement);
  const said = view.part("devices-said", HTMLElement);
  const mirror = view.part("devices-mirror", HTMLInputElement);
  const volume = view.part("devices-volume", HTMLInputElement);
  const processing = Object.entries(PROCESSED).map(([what, id]) => ({
    what: /** @type {keyof Processing} */ (what),
    box: view.part(id, HTMLInputElement),
  }));
  const meter = view.part("devices-meter", HTMLElement);
  const level = view.part("devices-level", HTMLMeterElement);
  const heardText = view.part("devices-heard", HTMLElement);
  const selects = Object.fromEntries(
    ["camera", "microphone", "speaker"].map((kind) => [
      kind,
      view.part(`devices-${kind}`, HTMLSelectElement),
    ]),
  );
  /** @type {MediaStreamTrack | null} */
  let listened = null;
  let stop = () => {};
  let heard = false;

  /** @param {MediaStreamTrack | null} track */
  function follow(track) {
    if (track === listened) return;
    stop();
    [listened, heard, stop] = [track, false, () => {}];
    level.value = 0;
    if (track === null) return;
    try {
      stop = listen(track, show);
    } catch {
      // A browser that cannot listen tells nothing of the microphone.
      setShown(meter, false);
    }
  }

  /** @param {number} now */
  function show(now) {
    // It falls slowly, or short sounds would hardly be seen.
    level.value = Math.max(now, level.value * FALL);
    heard ||= now >= HEARD;
    setText(heardText, levelSentence({ muted: !media.audio, heard }));
  }

  function draw() {
    if (!dialog.open) return;
    let known = true;
    for (const [kind, select] of Object.entries(selects)) {
      const state = devices.picker(/** @type {Kind} */ (kind));
      const offered = kind !== "speaker" || speaker.canMove;
      fill(select, state);
      setShown(select.labels[0], offered && state.known);
      setShown(select, offered && state.known);
      known &&= state.known || !offered;
    }
    setShown(unnamed, !known);
    mirror.checked = media.mirror;
    volume.value = String(speaker.volume);
    for (const { what, box } of processing) box.checked = media.processing[what];
    const { microphone = null } = media.tracks;
    if (microphone !== listened) setShown(meter, microphone !== null);
    follow(microphone);
  }

  for (const [kind, select] of Object.entries(selects)) {
    select.addEventListener("change", () => {
      setText(said, "");
      if (select.value !== MISSING) devices.choose(/** @type {Kind} */ (kind), select.value);
    });
  }
  mirror.addEventListener("change", () => devices.mirror(mirror.checked));
  setShown(volume.labels?.[0] ?? volume, canTurn());
  setShown(volume, canTurn());
  volume.addEventListener("input", () => {
    speaker.volume = devices.choices.volume = volume.valueAsNumber;
  });
  const known = navigator.mediaDevices?.getSupportedConstraints?.() ?? {};
  for (const { what, box } of processing) {
    setShown(box.labels?.[0] ?? box, known[what] === true);
    box.addEventListener("change", () => devices.process(what, box.checked));
  }
  view.part("devices-tone", HTMLButtonElement).addEventListener("click", () => {
    playTone(devices.picker("speaker").value).catch(() =>
      setText(said, gettext("The test sound could not be played.")),
    );
  });
  dialog.addEventListener("close", () => follow(null));
  devices.on("change", draw);
  devices.on("news", (news) => {
    const sentence = newsSentence(news);
    // What is said elsewhere on the page is not heard in a dialog.
    setText(said, sentence);
    view.explain(() => sentence);
  });
  view.draw(draw);
  devices.refresh();
  return () => devices.refresh();
}
