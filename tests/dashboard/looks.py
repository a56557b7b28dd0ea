"""Checks in a browser whether a page is accessible at each size and theme: names, landmarks and contrast."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from playwright.sync_api import Page

from tests.dashboard.axe import barriers

# Each finding is a sentence. The rules come from WCAG 2.2 AA.
FINDINGS = """() => {
  const found = [];
  const shown = { opacityProperty: true, visibilityProperty: true };
  const seen = (e) => e.checkVisibility(shown) && !e.closest(".unseen, [inert]");
  const told = (e) => `<${e.tagName.toLowerCase()}> “${(e.textContent || e.name || "").trim().slice(0, 40)}”`;
  const all = (what) => [...document.querySelectorAll(what)];

  if (!document.documentElement.lang) found.push("the page has no language");
  if (!document.title.trim()) found.push("the page has no title");
  if (all("main").length !== 1) found.push("there must be one main");
  if (all("h1").length !== 1) found.push("there must be one h1");
  let level = 0;
  for (const heading of all("h1, h2, h3, h4")) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) found.push(`${told(heading)} skips a level`);
    level = own;
  }
  const ids = all("[id]").map((e) => e.id);
  const twice = new Set(ids.filter((id, at) => ids.indexOf(id) !== at));
  for (const id of twice) found.push(`two elements are called ${id}`);
  for (const e of all("[aria-labelledby], [aria-describedby]")) {
    for (const name of ["aria-labelledby", "aria-describedby"]) {
      for (const id of (e.getAttribute(name) || "").split(" ").filter(Boolean)) {
        if (!document.getElementById(id)) found.push(`${told(e)} speaks of ${id}, which isn't there`);
      }
    }
  }
  for (const e of all("input:not([type=hidden]), select, textarea")) {
    if (!e.labels?.length && !e.getAttribute("aria-label")) found.push(`field ${e.name} has no label`);
  }
  for (const e of all("a[href], button, summary")) {
    const name = e.getAttribute("aria-label") || e.textContent.trim();
    if (!name && seen(e)) found.push(`a ${e.tagName} has no name`);
  }
  for (const table of all("table")) {
    if (!table.caption) found.push("a table has no caption");
    if (!table.querySelector("th[scope]")) found.push("a table has no headings");
  }
  for (const nav of all("nav")) if (!nav.getAttribute("aria-label")) found.push("a nav has no name");

  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => { const [x, y, z] = [r, g, b].map((v) => { v /= 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z; };
  const ground = (e) => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor);
    if (c[3] === 255) return c; } return rgba(getComputedStyle(document.body).backgroundColor); };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !seen(e) || e.closest("svg, :disabled, noscript, script")) continue;
    const style = getComputedStyle(e), size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const [a, b] = [light(rgba(style.color)), light(ground(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (large ? 3 : 4.5)) found.push(`${told(e)} has a contrast of ${ratio.toFixed(2)}`);
  }
  for (const e of all("button, summary, input:not([type=hidden]), select")) {
    const box = e.getBoundingClientRect();
    if (seen(e) && box.width && (box.width < 18 || box.height < 18)) found.push(`${told(e)} is too small to hit`);
  }
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) found.push(`the page is ${wide} wide`);
  return [...new Set(found)];
}"""


def faults(page: Page) -> list[str]:
    """Returns the accessibility problems of the page as sentences."""
    found: list[str] = page.evaluate(FINDINGS)
    return found


def faults_and_barriers(page: Page) -> list[str]:
    return faults(page) + barriers(page)


Look = tuple[int, Literal["light", "dark"], Callable[[Page], list[str]]]
"""The width of the window, the theme, and the check."""

# axe is slow, so it runs only once for each theme and each size.
EACH_SIZE_AND_THEME: tuple[Look, ...] = (
    (360, "dark", faults_and_barriers),
    (1280, "light", faults_and_barriers),
    (360, "light", faults),
    (1280, "dark", faults),
)

WITHOUT_AXE: tuple[Look, ...] = tuple((width, theme, faults) for width, theme, _ in EACH_SIZE_AND_THEME)


def seen_with(page: Page, looks: Iterable[Look]) -> list[str]:
    """Returns the problems that the page has with each look. The page is not loaded again."""
    found = []
    for width, theme, check in looks:
        page.set_viewport_size({"width": width, "height": 740})
        page.emulate_media(color_scheme=theme)
        found += [f"{width} {theme}: {one}" for one in check(page)]
    return found
