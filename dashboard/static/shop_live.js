// Keeps the live part of a page up to date: asks whether there is anything new, and puts it in place.
// It rests while nobody looks, while a text is selected, and when it is told to.

const AFTER_FAILURE = 5_000;
const WHOLE_AGAIN = 60_000;

export function follow(arrived) {
  const live = document.querySelector("[data-live]");
  if (!live) return;
  const mark = document.querySelector(".live-mark");
  const words = document.querySelector("[data-live-state]");
  const button = document.querySelector("[data-live-pause]");
  const voice = document.querySelector("[data-voice]");
  let version = "", timer = 0, asking = false, paused = false, over = false, active = false, drawn = Date.now();
  let said = live.querySelector("[data-say]")?.dataset.say;

  for (const sign of ["pointerdown", "keydown"]) {
    document.addEventListener(sign, () => { active = true; }, { passive: true });
  }

  function show(state, text) {
    mark.dataset.state = state;
    if (words.textContent !== text) words.textContent = text;
  }

  const selecting = () => {
    const chosen = getSelection();
    return Boolean(chosen && !chosen.isCollapsed && live.contains(chosen.anchorNode));
  };

  async function ask() {
    clearTimeout(timer);
    if (asking || over || paused || document.hidden) return;
    asking = true;
    timer = setTimeout(ask, await once());
    asking = false;
  }

  async function once() {
    if (selecting() || live.querySelector("details[open]")) {
      show("paused", "Paused while you read");
      return 2_000;
    }
    const headers = { "X-Part": "live" };
    if (version && Date.now() - drawn < WHOLE_AGAIN) headers["If-None-Match"] = version;
    if (!active) headers["X-By-Itself"] = "1";
    active = false;
    try {
      const answer = await fetch(location.href, { headers, cache: "no-store" });
      if (answer.status === 401 || answer.redirected) return end();
      if (answer.ok) place(await answer.text());
      if (!answer.ok && answer.status !== 304) throw new Error(answer.status);
      version = answer.headers.get("ETag") || "";
      show("live", "Live");
      return Number(answer.headers.get("X-Ask-Again") || 10) * 1000;
    } catch {
      show("away", "Reconnecting");
      return AFTER_FAILURE;
    }
  }

  function end() {
    over = true;
    show("over", "Signed out: load the page again");
    return 0;
  }

  function place(html) {
    drawn = Date.now();
    const focused = live.contains(document.activeElement) ? keyOf(document.activeElement) : null;
    const before = new Set([...live.querySelectorAll("tr[id]")].map((row) => row.id));
    live.innerHTML = html;
    for (const row of live.querySelectorAll("tr[id]")) {
      if (before.size && !before.has(row.id)) row.classList.add("new");
    }
    if (focused) [...live.querySelectorAll("a, button, summary")].find((one) => keyOf(one) === focused)?.focus();
    const now = live.querySelector("[data-say]")?.dataset.say;
    if (now && now !== said) voice.textContent = now;
    said = now;
    arrived(live);
  }

  button.addEventListener("click", () => {
    paused = !paused;
    button.setAttribute("aria-pressed", paused);
    button.textContent = paused ? "Go on" : "Pause";
    if (paused) show("paused", "Paused"); else ask();
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  timer = setTimeout(ask, 1_000);
}

const keyOf = (element) => element.id || element.getAttribute("href") || element.textContent;
