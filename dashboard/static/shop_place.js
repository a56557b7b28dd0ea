// Replaces the live part of a page. Keeps the focus, marks new rows, and announces changes to screen readers.

export function place(live, html) {
  const said = saying(live);
  const focused = live.contains(document.activeElement) ? keyOf(document.activeElement) : null;
  const before = new Set([...live.querySelectorAll("tr[id]")].map((row) => row.id));
  live.innerHTML = html;
  for (const row of live.querySelectorAll("tr[id]")) {
    if (before.size && !before.has(row.id)) row.classList.add("new");
  }
  if (focused) [...live.querySelectorAll("a, button, summary")].find((one) => keyOf(one) === focused)?.focus();
  const now = saying(live);
  if (now && now !== said) document.querySelector("[data-voice]").textContent = now;
  const bell = live.querySelector("[data-bell]");
  if (bell) document.querySelector(".bell__count").replaceWith(bell.content.firstElementChild);
}

const saying = (live) => live.querySelector("[data-say]")?.dataset.say;
const keyOf = (element) => element.id || element.getAttribute("href") || element.textContent;
