import assert from "node:assert/strict";
import { test } from "node:test";

import { browserOf, chromeLink, explained, helpOf } from "../../static/calls/js/view/permission.js";

const WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
const BLINK = "AppleWebKit/537.36 (KHTML, like Gecko)";
const IPHONE = `Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) ${WEBKIT}`;
const MAC = `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${WEBKIT} Version/18.5 Safari/605.1.15`;
const ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9";

const BROWSERS = /** @type {const} */ ([
  [`Mozilla/5.0 (X11; Linux x86_64) ${BLINK} Chrome/141.0.0.0 Safari/537.36`, "chromium"],
  [`Mozilla/5.0 (Windows NT 10.0) ${BLINK} Chrome/141.0 Safari/537.36 Edg/141.0`, "chromium"],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "firefox"],
  [MAC, "safari"],
  [`${IPHONE} Version/18.5 Mobile/15E148 Safari/604.1`, "ios-safari"],
  [`${IPHONE} CriOS/141.0 Mobile/15E148 Safari/604.1`, "ios-other"],
  [`${IPHONE} FxiOS/145.0 Mobile/15E148 Safari/605.1.15`, "ios-other"],
  [`${IPHONE} Mobile/15E148`, "in-app"],
  [`${IPHONE} Mobile/15E148 Instagram 380.0`, "in-app"],
  [`${ANDROID}) ${BLINK} Chrome/141.0.0.0 Mobile Safari/537.36`, "android"],
  [`${ANDROID}; wv) ${BLINK} Version/4.0 Chrome/141.0 Mobile Safari/537.36`, "in-app"],
  ["Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", "android-firefox"],
  ["curl/8.0", null],
]);

for (const [userAgent, expected] of BROWSERS) {
  test(`${expected}: ${userAgent}`, () => {
    assert.equal(browserOf({ userAgent, maxTouchPoints: 0 }), expected);
  });
}

test("a tablet that calls itself a computer", () => {
  assert.equal(browserOf({ userAgent: MAC, maxTouchPoints: 5 }), "ios-safari");
});

test("every browser has a way of its own, which is a sentence", () => {
  const browsers = [...new Set(BROWSERS.map(([, browser]) => browser))];
  const sentences = browsers.map((browser) => helpOf("denied", browser));
  assert.equal(new Set(sentences).size, browsers.length);
  for (const sentence of sentences) assert.match(sentence, /^[A-Z].*\.$/);
});

test("help is given where it helps", () => {
  for (const problem of /** @type {const} */ ([null, "in-use", "no-device", "insecure"])) {
    assert.equal(helpOf(problem, "chromium"), "");
  }
  assert.match(helpOf("no-access", "ios-safari"), /in your browser/);
  const local = /** @type {const} */ ({ problem: "denied", hasAudio: true, hasVideo: false });
  assert.match(explained(local), /^The camera is blocked\..* Allow them for this page/);
});

test("a link that leaves another app's window", () => {
  assert.equal(
    chromeLink("https://call.example.org/call/k7mqx-2phb9-dtw4e/"),
    "intent://call.example.org/call/k7mqx-2phb9-dtw4e/#Intent;scheme=https;package=com.android.chrome;end",
  );
});
