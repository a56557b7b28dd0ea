// Enhancements of the shop's pages, which also work without scripts.

import { serverClock } from "./clock.js";
import { follow } from "./shop_live.js";
import { listen } from "./shop_keys.js";

countDown(document);
setInterval(tick, 1000);
follow(countDown);
listen();

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Can't copy";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
});

// Closes an open menu on a click outside the menu or on Escape.
const openMenus = () => document.querySelectorAll("details.account[open]");
document.addEventListener("click", (event) => {
  for (const open of openMenus()) {
    if (!open.contains(event.target)) open.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of openMenus()) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

function countDown(root) {
  for (const mark of root.querySelectorAll("[data-until]")) {
    mark.clock = serverClock(Number(mark.dataset.now));
  }
  tick();
}

function tick() {
  for (const mark of document.querySelectorAll("[data-until]")) {
    const seconds = Math.max(Math.ceil((Number(mark.dataset.until) - mark.clock.now()) / 1000), 0);
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    const tail = `${String(minutes).padStart(hours ? 2 : 1, "0")}:${String(seconds % 60).padStart(2, "0")}`;
    mark.textContent = hours ? `${hours}:${tail}` : tail;
  }
}
