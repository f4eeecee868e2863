import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

/** @param {string} path from the project's root */
const bytesOf = (path) => readFileSync(new URL(`../../${path}`, import.meta.url));

/** By package: the module in it that pages load. */
const MODULES = { "lean-qr": "index.mjs" };

test("these are all that others wrote", () => {
  const folders = readdirSync(new URL("../../static/vendor/", import.meta.url));
  assert.deepEqual(folders, Object.keys(MODULES));
});

for (const [name, module] of Object.entries(MODULES)) {
  // The lock has the package's hash, and audits find a known weakness by it.
  test(`${name} is the one of its package, byte for byte`, () => {
    const { devDependencies } = JSON.parse(bytesOf("package.json").toString());
    const { version } = JSON.parse(bytesOf(`node_modules/${name}/package.json`).toString());
    assert.equal(devDependencies[name], version);

    const [folder, wanted] = [`static/vendor/${name}`, `node_modules/${name}`];
    const stem = `${name}-${version}`;
    const files = readdirSync(new URL(`../../${folder}/`, import.meta.url));
    assert.deepEqual(files.sort(), ["LICENSE", `${stem}.d.mts`, `${stem}.mjs`]);
    assert.deepEqual(bytesOf(`${folder}/${stem}.mjs`), bytesOf(`${wanted}/${module}`));
    assert.deepEqual(bytesOf(`${folder}/LICENSE`), bytesOf(`${wanted}/LICENSE`));
  });
}
