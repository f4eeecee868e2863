/**
 * What the page says, in the person's language: gettext for scripts. Knows no DOM.
 *
 * A text is written in English where it is used and looked up in the catalog that the page
 * brings along. Texts are found by `make words`, so they must be literals: `gettext("Copied")`,
 * never `gettext(text)`.
 */

/** @typedef {Record<string, string | string[]>} Catalog a translation, or the forms of a plural */
/** @typedef {Record<string, string | number>} Holes what goes into the {named} holes of a text */

/** The order in which gettext numbers the forms of a plural. */
const CATEGORIES = /** @type {const} */ (["zero", "one", "two", "few", "many", "other"]);

const ENGLISH = new Intl.PluralRules("en");

/** @type {Map<string, string | string[]>} */
let catalog = new Map();
let rules = ENGLISH;
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

/** @param {string} text @param {Holes} holes @returns {string} */
function fill(text, holes) {
  return text.replace(/\{(\w+)\}/g, (hole, name) => {
    const value = Object.hasOwn(holes, name) ? holes[name] : hole;
    return typeof value === "number" ? numbers.format(value) : value;
  });
}
