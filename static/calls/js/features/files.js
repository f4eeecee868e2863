/** Files to send: chosen, dropped on the page or pasted; and the list of them in the chat. */

import { setAttribute, setShown } from "../view/dom.js";
import { fileRows, nameOf, nobodyThere, offeredBeside, offeredOf, tooMany } from "../view/files.js";

/** @import { More } from "../extras.js" */

/** @param {More} duet */
export function files({ call, channel, files, view }) {
  const panel = view.part("chat", HTMLElement);
  const open = view.part("chat-open", HTMLButtonElement);
  const attach = view.part("file-attach", HTMLButtonElement);
  const input = view.part("file-input", HTMLInputElement);
  // Without https there are no digests, and the other's offers stay unanswered.
  if (files === null) return;

  fileRows({ files, view, isOpen: () => channel.isOpen });

  /** @param {FileList | undefined} chosen @returns whether there was any */
  function offer(chosen) {
    const all = [...(chosen ?? [])];
    if (all.length === 0 || call.screen !== "call") return false;
    const taken = files?.offer(all) ?? 0;
    if (taken < all.length) view.explain(files?.hasSomebody ? tooMany : nobodyThere);
    if (taken > 0 && panel.hidden) open.click();
    return true;
  }

  attach.addEventListener("click", () => {
    if (files.hasSomebody) input.click();
    else view.explain(nobodyThere);
  });
  input.addEventListener("change", () => {
    offer(input.files ?? undefined);
    input.value = ""; // or the same one could not be chosen again
  });
  panel.addEventListener("paste", (event) => {
    if (offer(event.clipboardData?.files)) event.preventDefault();
  });

  // Whatever is dropped: a browser that opens it would leave the call.
  for (const type of /** @type {const} */ (["dragover", "drop"])) {
    addEventListener(type, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      if (type === "drop") offer(event.dataTransfer.files);
      else event.dataTransfer.dropEffect = call.screen === "call" ? "copy" : "none";
    });
  }
  addEventListener("beforeunload", (event) => {
    if (files.isBusy) event.preventDefault();
  });

  const [round] = open.children;
  let unseen = 0;
  files.on("offered", (item) => {
    const [file, name] = [nameOf(item), view.otherName];
    if (!panel.hidden) {
      view.say(offeredOf(file, name));
      return;
    }
    const count = ++unseen;
    view.explain(() => offeredBeside(file, name, count));
    setAttribute(round, "data-offered", true);
  });
  // As soon as the panel is seen.
  new ResizeObserver(() => {
    if (panel.hidden || unseen === 0) return;
    unseen = 0;
    view.explain(() => "");
    round.removeAttribute("data-offered");
  }).observe(panel);

  setShown(attach, true);
  view.draw(() => setAttribute(attach, "aria-disabled", !files.hasSomebody));
}
