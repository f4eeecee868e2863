/**
 * Whether scripts are the same programs but for what no browser sees: comments, blanks, and the
 * names of the files that are imported. Arguments: source, other, source, other …
 */

import { readFile } from "node:fs/promises";
import acorn from "prettier/plugins/acorn";

const PLACES = new Set(["start", "end", "range", "loc", "comments", "extra", "__contentEnd"]);
const HASH = /\.[0-9a-f]{12}(?=\.[a-z]+$)/;

/** @param {string} path */
async function programOf(path) {
  // Of Prettier's parsers this one is a browser's reading of a module.
  const tree = await acorn.parsers.acorn.parse(
    await readFile(path, "utf-8"),
    /** @type {any} */ ({}),
  );
  return JSON.stringify(tree, (key, value) => {
    if (PLACES.has(key)) return undefined;
    // Kept by this parser where a comment tells the type of what is in them.
    while (value?.type === "ParenthesizedExpression") value = value.expression;
    return key === "source" && value?.type === "Literal" ? value.value.replace(HASH, "") : value;
  });
}

const paths = process.argv.slice(2);
let compared = 0;
for (let n = 0; n < paths.length; n += 2) {
  const [one, other] = await Promise.all(paths.slice(n, n + 2).map(programOf));
  if (one !== other) throw new Error(`${paths[n]} is another program than ${paths[n + 1]}`);
  compared++;
}
console.log(compared);
