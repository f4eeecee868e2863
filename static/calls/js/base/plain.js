/** Texts of others without what is not seen and changes how they are read. Pure. */

/**
 * Controls and formats (categories Cc and Cf); what joins emoji, or shapes the word that it is in,
 * stays: 👩‍💻 is three characters, and Persian and Indian words have joiners between their letters.
 */
const UNSEEN =
  /([\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F]\u200D(?=\p{Extended_Pictographic})|(?=[\p{L}\p{M}])[^\p{sc=Latn}\p{sc=Cyrl}\p{sc=Grek}][\u200C\u200D])|[\p{Cc}\p{Cf}]/gu;

/** What turns the direction of all that follows, and controls but for tabs and line feeds. */
const TURNING = /[\u202A-\u202E\u2066-\u2069]|(?![\t\n])\p{Cc}/gu;

/** A name, of a person or a file. @param {string} name */
export const plainName = (name) => name.replace(/\s+/gu, " ").replace(UNSEEN, "$1").trim();

/** A text of several lines. @param {string} text */
export const plainText = (text) => text.replace(/\r\n?/g, "\n").replace(TURNING, "");
