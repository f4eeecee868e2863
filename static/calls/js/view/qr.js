/** A link as a QR code (ISO/IEC 18004), drawn here: no server has to be told of it. */

import { correction, generate } from "../../../vendor/lean-qr/lean-qr-2.7.4.mjs";

/** Modules of light around it: four are asked for, but it is read with two, which leave it larger. */
const MARGIN = 2;

/**
 * @param {string} text
 * @returns {{ box: string, path: string }} the attributes `viewBox` and `d` that draw it, a unit a module
 */
export function qrOf(text) {
  const code = generate(text, { minCorrectionLevel: correction.M });
  const size = code.size + 2 * MARGIN;
  let path = "";
  for (let y = 0; y < code.size; y++) {
    for (let x = 0; x < code.size; x++) {
      if (code.get(x, y)) path += `M${x + MARGIN} ${y + MARGIN}h1v1h-1z`;
    }
  }
  return { box: `0 0 ${size} ${size}`, path };
}
