/** The home page: a call that begins here has a secret in its link, which stays in the browser. */

import { fragmentOf, newSecret } from "./call/link-key.js";

const start = document.getElementById("start");
const code = document.getElementById("code");

if (start instanceof HTMLAnchorElement) {
  const renew = () => {
    start.hash = fragmentOf(newSecret());
  };
  renew();
  // Another call, another secret: also for whoever comes back to this page, or opens several tabs.
  addEventListener("pageshow", renew);
  for (const type of ["click", "auxclick"]) start.addEventListener(type, () => setTimeout(renew));
}

// The field takes a whole link, too: what is secret of that goes along, past the server.
if (code instanceof HTMLInputElement) {
  code.form?.addEventListener("submit", ({ currentTarget }) => {
    const [name, fragment = ""] = code.value.split("#");
    code.value = name;
    if (currentTarget instanceof HTMLFormElement) currentTarget.action = `/#${fragment}`;
  });
}
