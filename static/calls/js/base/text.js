/**
 * What the page says, in the person's language: gettext for scripts. Knows no DOM.
 *
 * A text is written in English where it is used and looked up in the catalog that the page
 * brings along. Texts are found by `make words`, so they must be literals: `gettext("Copied")`,
 * never `gettext(text)`.
 */

/** @typedef {Record<string, string | string[]>} Catalog a translation, or the forms of a plural */
/** @typedef {Record<string, string | number>} Holes what goes into the {named} holes of a text */

/**
 * How a text and a number become words. Where it is a parameter, name it `gettext` all the same.
 * @typedef {object} Language
 * @property {typeof gettext} gettext
 * @property {(value: number, options?: Intl.NumberFormatOptions) => string} number
 */

/** The order in which gettext numbers the forms of a plural. */
const CATEGORIES = /** @type {const} */ (["zero", "one", "two", "few", "many", "other"]);

const ENGLISH = new Intl.PluralRules("en");

/** @type {Map<string, string | string[]>} */
let catalog = new Map();
let rules = ENGLISH;
let tag = "en";
let numbers = new Intl.NumberFormat("en");
/** @type {string[]} */
let categories = [];

/**
 * Speak this language from now on.
 * @param {string} language as in `<html lang>`
 * @param {Catalog} translations by English text; what is missing stays English
 */
export function useCatalog(language, translations) {
  catalog = new Map(Object.entries(translations));
  tag = language;
  rules = new Intl.PluralRules(language);
  numbers = new Intl.NumberFormat(language);
  const used = rules.resolvedOptions().pluralCategories;
  categories = CATEGORIES.filter((category) => used.includes(category));
}

/**
 * @param {string} text English, with {named} holes
 * @param {Holes} [holes]
 * @returns {string}
 */
export function gettext(text, holes = {}) {
  const found = catalog.get(text);
  return fill(typeof found === "string" ? found : text, holes);
}

/**
 * @param {string} one  English, for one
 * @param {string} many English, for any other number
 * @param {number} count fills the hole {count}, too
 * @param {Holes} [holes]
 * @returns {string}
 */
export function ngettext(one, many, count, holes = {}) {
  const forms = catalog.get(one);
  const form = Array.isArray(forms) ? forms[categories.indexOf(rules.select(count))] : undefined;
  const english = ENGLISH.select(count) === "one" ? one : many;
  return fill(form || english, { count, ...holes });
}

/** The page's. @type {Language} */
export const SPOKEN = {
  gettext,
  number: (value, options) => new Intl.NumberFormat(tag, options).format(value),
};

/** Whatever the page's is: for developers. @type {Language} */
export const IN_ENGLISH = {
  gettext: (text, holes = {}) => fill(text, holes),
  number: (value, options) => new Intl.NumberFormat("en", options).format(value),
};

/** @param {string} text @param {Holes} holes @returns {string} */
function fill(text, holes) {
  return text.replace(/\{(\w+)\}/g, (hole, name) => {
    const value = Object.hasOwn(holes, name) ? holes[name] : hole;
    return typeof value === "number" ? numbers.format(value) : value;
  });
}
