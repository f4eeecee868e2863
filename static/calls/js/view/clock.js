/** How long something took, as clocks show it. */

/** @param {number} value */
const twoDigits = (value) => String(value).padStart(2, "0");

/** @param {number} milliseconds @returns {string} 4:05, 1:02:03 */
export function clockOf(milliseconds) {
  const seconds = Math.max(Math.floor(milliseconds / 1000), 0);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = twoDigits(seconds % 60);
  return hours > 0 ? `${hours}:${twoDigits(minutes)}:${rest}` : `${minutes}:${rest}`;
}
