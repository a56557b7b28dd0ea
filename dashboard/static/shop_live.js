// Keeps the live part of a page up to date with server-sent events or polling.
// Pauses while the page is hidden, while text is selected, and on request.

import { place } from "./shop_place.js";
import { hear } from "./shop_stream.js";

const AFTER_FAILURE = 5_000;
const WHILE_READ = 2_000;
const WHOLE_AGAIN = 60_000;

export function follow(arrived) {
  const live = document.querySelector("[data-live]");
  if (!live) return;
  const mark = document.querySelector(".live-mark");
  const words = document.querySelector("[data-live-state]");
  const button = document.querySelector("[data-live-pause]");
  let version = "", timer = 0, drawn = Date.now();
  let asking = false, again = false, paused = false, over = false, active = false, hearing = false;
  const stream = hear(live.dataset.stream, {
    news: () => { if (asking) again = true; else ask(); },
    found: () => { hearing = true; },
    lost: () => { hearing = false; ask(); },
  });

  for (const sign of ["pointerdown", "keydown"]) {
    document.addEventListener(sign, () => { active = true; }, { passive: true });
  }

  function show(state, text) {
    mark.dataset.state = state;
    if (words.textContent !== text) words.textContent = text;
  }

  async function ask() {
    clearTimeout(timer);
    if (asking || over || paused || document.hidden) return;
    asking = true;
    const wait = await once();
    asking = false;
    timer = setTimeout(ask, again ? 0 : wait);
    again = false;
  }

  async function once() {
    if (isRead(live)) {
      show("paused", "Paused while you read");
      return WHILE_READ;
    }
    const headers = { "X-Part": "live" };
    if (version && Date.now() - drawn < WHOLE_AGAIN) headers["If-None-Match"] = version;
    if (!active) headers["X-By-Itself"] = "1";
    active = false;
    try {
      const answer = await fetch(location.href, { headers, cache: "no-store" });
      if (answer.status === 401 || answer.redirected) return end();
      if (!answer.ok && answer.status !== 304) throw new Error(answer.status);
      if (answer.ok) {
        drawn = Date.now();
        place(live, await answer.text());
        arrived(live);
      }
      version = answer.headers.get("ETag") || "";
      show("live", "Live");
      return hearing ? WHOLE_AGAIN : Number(answer.headers.get("X-Ask-Again") || 10) * 1000;
    } catch {
      show("away", "Reconnecting");
      return AFTER_FAILURE;
    }
  }

  function end() {
    over = true;
    stream.close();
    show("over", "Signed out. Reload the page.");
    return 0;
  }

  function goOn() {
    if (over || paused || document.hidden) return stream.close();
    stream.open();
    ask();
  }

  button.addEventListener("click", () => {
    paused = !paused;
    button.setAttribute("aria-pressed", paused);
    button.textContent = paused ? "Resume" : "Pause";
    if (paused) show("paused", "Paused");
    goOn();
  });
  document.addEventListener("visibilitychange", goOn);
  // Also runs when the Back button restores the page.
  addEventListener("pagehide", stream.close);
  addEventListener("pageshow", goOn);
}

// Text is selected, or an element is open.
function isRead(live) {
  const chosen = getSelection();
  const marked = chosen && !chosen.isCollapsed && live.contains(chosen.anchorNode);
  return Boolean(marked || live.querySelector("details[open]"));
}
