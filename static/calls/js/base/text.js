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

/**
 * Made when it is first wanted: with the first thing of `Intl` a browser is as busy as with all
 * the rest of the page's start, where no number is said.
 * @template Made
 * @param {() => Made} make
 * @returns {() => Made}
 */
function once(make) {
  /** @type {Made | undefined} */
  let made;
  return () => (made ??= make());
}

/** @param {string} tag */
const formatsOf = (tag) => ({
  tag,
  rules: once(() => new Intl.PluralRules(tag)),
  numbers: once(() => new Intl.NumberFormat(tag)),
  clock: once(() => new Intl.DateTimeFormat(tag, { hour: "2-digit", minute: "2-digit" })),
});

const ENGLISH = formatsOf("en");

/** @type {Map<string, string | string[]>} */
let catalog = new Map();
let formats = ENGLISH;

/**
 * Speak this language from now on.
 * @param {string} language as in `<html lang>`
 * @param {Catalog} translations by English text; what is missing stays English
 */
export function useCatalog(language, translations) {
  catalog = new Map(Object.entries(translations));
  formats = formatsOf(language);
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
  const form = Array.isArray(forms) ? forms[formOf(count)] : undefined;
  const english = ENGLISH.rules().select(count) === "one" ? one : many;
  return fill(form || english, { count, ...holes });
}

/** @param {number} count @returns {number} which of the forms that its language has */
function formOf(count) {
  const rules = formats.rules();
  const used = rules.resolvedOptions().pluralCategories;
  return CATEGORIES.filter((category) => used.includes(category)).indexOf(rules.select(count));
}

/** @param {number} at Unix time in milliseconds */
export const timeOfDay = (at) => formats.clock().format(at);

/** The page's. @type {Language} */
export const SPOKEN = {
  gettext,
  number: (value, options) => new Intl.NumberFormat(formats.tag, options).format(value),
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
    return typeof value === "number" ? formats.numbers().format(value) : value;
  });
}
