/** The figures of a connection, as lines of a table or a report. Knows no DOM. */

import { IN_ENGLISH } from "../base/text.js";

/** @import { Language } from "../base/text.js" */
/** @import { Figures, Picture, Sound } from "../call/figures.js" */
/** @import { Verdict } from "../call/quality.js" */

/** @typedef {[label: string, value: string]} Line "–" where nothing is known */
/** @typedef {[label: string, received: string, sent: string]} Row */
/** @typedef {(value: number) => string} Format */

// -- Numbers -----------------------------------------------------------------------------------

const UNKNOWN = "–";

/** @param {Language} language @returns {Record<"bitrate" | "part" | "time" | "count", Format>} */
function formatsOf({ number, gettext }) {
  return {
    bitrate: (value) => gettext("{rate} kbit/s", { rate: number(Math.round(value / 1000)) }),
    part: (value) => number(value, { style: "percent", maximumFractionDigits: 1 }),
    time: (value) => gettext("{time} ms", { time: number(Math.round(value)) }),
    count: (value) => number(Math.round(value)),
  };
}

/** @param {number | undefined} value @param {Format} format */
const shown = (value, format) => (value === undefined ? UNKNOWN : format(value));

/** @param {Picture} picture */
const sizeOf = ({ width, height }) => (width && height ? `${width} × ${height}` : UNKNOWN);

// -- The path ------------------------------------------------------------------------------

/** @param {boolean | undefined} relayed @param {Language} language */
function wayOf(relayed, { gettext }) {
  if (relayed === undefined) return UNKNOWN;
  return relayed ? gettext("through a relay") : gettext("direct");
}

/**
 * @param {Figures["path"]} path
 * @param {Language} language
 * @returns {Line[]}
 */
export function pathOf({ relayed, local, remote, protocol, family, rtt }, language) {
  const { gettext } = language;
  const network = [protocol?.toUpperCase(), family].filter((part) => part !== undefined);
  return [
    [gettext("Path"), wayOf(relayed, language)],
    [gettext("Protocol"), network.join(", ") || UNKNOWN],
    [gettext("Path types"), local && remote ? `${local} – ${remote}` : UNKNOWN],
    [gettext("Round trip"), shown(rtt, formatsOf(language).time)],
  ];
}

// -- Both directions -----------------------------------------------------------------------

/**
 * @param {Sound} received
 * @param {Sound} sent
 * @param {Language} language
 * @returns {Row[]}
 */
function soundRows(received, sent, language) {
  const { gettext } = language;
  const { bitrate, part, time } = formatsOf(language);
  /** @param {(sound: Sound) => string} value @returns {[string, string]} */
  const both = (value) => [value(received), value(sent)];
  return [
    [gettext("Sound: codec"), ...both(({ codec }) => codec ?? UNKNOWN)],
    [gettext("Sound: bitrate"), ...both((sound) => shown(sound.bitrate, bitrate))],
    [gettext("Sound: lost"), ...both(({ lost }) => shown(lost, part))],
    [gettext("Sound: filled in"), ...both(({ concealed }) => shown(concealed, part))],
    [gettext("Sound: jitter"), ...both(({ jitter }) => shown(jitter, time))],
    [gettext("Sound: buffer"), ...both(({ buffer }) => shown(buffer, time))],
  ];
}

/**
 * @param {Picture} received
 * @param {Picture} sent
 * @param {Language} language
 * @returns {Row[]}
 */
function pictureRows(received, sent, language) {
  const { gettext } = language;
  const { bitrate, part, count } = formatsOf(language);
  /** @param {(picture: Picture) => string} value @returns {[string, string]} */
  const both = (value) => [value(received), value(sent)];
  return [
    [gettext("Video: codec"), ...both(({ codec }) => codec ?? UNKNOWN)],
    [gettext("Video: size"), ...both(sizeOf)],
    [gettext("Video: frames per second"), ...both(({ fps }) => shown(fps, count))],
    [gettext("Video: bitrate"), ...both((picture) => shown(picture.bitrate, bitrate))],
    [gettext("Video: lost"), ...both(({ lost }) => shown(lost, part))],
  ];
}

/**
 * @param {Figures} figures
 * @param {Language} language
 * @returns {Row[]}
 */
export const rowsOf = ({ received, sent }, language) => [
  ...pictureRows(received.picture, sent.picture, language),
  ...soundRows(received.sound, sent.sound, language),
];

/**
 * A plain text for a report of a fault: English, whoever reads it.
 * @param {Figures} figures
 * @param {Verdict} verdict
 * @param {{ at: Date, browser: string }} context
 */
export function reportOf(figures, { level, fault }, { at, browser }) {
  const quality = fault === null ? level : `${level} (${fault})`;
  return [
    `Duet: ${at.toISOString()}`,
    `Browser: ${browser}`,
    `Quality: ${quality}`,
    ...pathOf(figures.path, IN_ENGLISH).map((line) => line.join(": ")),
    "Received / sent:",
    ...rowsOf(figures, IN_ENGLISH).map(([label, ...values]) => `${label}: ${values.join(" / ")}`),
  ].join("\n");
}
