/** What a file is called that somebody else has named. Pure. */

import { plainName } from "../../base/plain.js";

/** Characters: more than file systems take makes saving fail. */
const LONGEST = 120;
/** Of those, how many of the end are kept. */
const END = 20;

/** Folders, what no file system takes, and what has no shape. */
const UNSAFE = /[/\\:*?"<>|\p{Co}\p{Cn}]/gu;

/**
 * A name that leads nowhere and ends as it seems to.
 * @param {string} name
 * @returns {string} "" when nothing is left
 */
export function safeName(name) {
  // "photo.png              .exe"
  const plain = plainName(name)
    .replace(UNSAFE, "_")
    .replace(/ (?=\.\w+$)/u, "");
  const visible = [...plain.replace(/^[\s.]+|[\s.]+$/gu, "")];
  if (visible.length <= LONGEST) return visible.join("");
  return [...visible.slice(0, LONGEST - END - 1), "…", ...visible.slice(-END)].join("");
}
