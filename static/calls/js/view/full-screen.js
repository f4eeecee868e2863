/** What the button for the full screen says. */

import { gettext } from "../base/text.js";

/** @param {boolean} on @returns {string} */
export const fullScreenLabel = (on) => (on ? gettext("Leave full screen") : gettext("Full screen"));
