// Keyboard shortcuts: / searches, j and k move between rows, Enter follows the link, ? lists the shortcuts.

const TYPING = "input, textarea, select, [contenteditable]";

export function listen() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches(TYPING)) return;
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

const KEYS = {
  "/": () => document.querySelector("[data-search]")?.focus(),
  "?": () => document.querySelector("dialog.keys")?.showModal(),
  j: () => step(1),
  k: () => step(-1),
};

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const at = rows.indexOf(document.activeElement);
  rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1)]?.focus();
}
