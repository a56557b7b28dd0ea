"""On every page, Tab reaches the elements in order, the focus is visible, and no element traps the focus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy.orm import Session

from tests.builders import Built
from tests.dashboard.conftest import DESK, window
from tests.dashboard.shop.every_page import every_page
from tests.dashboard.shop.scenes import a_busy_shop
from tests.dashboard.shop.test_in_a_browser import sign_in

pytestmark = pytest.mark.browser

# Records the focused element after each Tab, and whether this element, its label or its parent shows the focus.
NOTE = """() => {
  const ring = (one) => one && (parseFloat(getComputedStyle(one).outlineWidth) >= 1.5
    && getComputedStyle(one).outlineStyle !== "none" || getComputedStyle(one).boxShadow !== "none");
  const focused = () => {
    const e = document.activeElement;
    if (!e || e === document.body) return null;
    const box = e.getBoundingClientRect();
    return {
      place: e.dataset.place === undefined ? null : Number(e.dataset.place),
      ring: [e, e.labels?.[0], e.parentElement].some(ring),
      seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
      what: e.outerHTML.slice(0, 120),
    };
  };
  window.noted = [];
  window.addEventListener("keyup", (press) => { if (press.key === "Tab") window.noted.push(focused()); }, true);
}"""
NOTED = "() => window.noted.splice(0)"
# Numbers the elements in `within` that Tab should reach, in document order, and moves the focus to the start.
# A group of radio buttons is one element.
NUMBER = """(within) => {
  const shown = { opacityProperty: false, visibilityProperty: true };
  const groups = new Set();
  const reached = (e) => {
    if (e.disabled || e.tabIndex < 0 || e.type === "hidden" || !e.checkVisibility(shown)) return false;
    if (e.type !== "radio") return true;
    const name = e.form?.id + e.name, chosen = e.form?.querySelector(`input[name="${e.name}"]:checked`) || e;
    return chosen === e && !groups.has(name) && groups.add(name);
  };
  const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")];
  const found = all.filter((e) => e.closest(within) && reached(e));
  found.forEach((e, n) => { e.dataset.place = n; });
  document.activeElement?.blur();
  window.getSelection().removeAllRanges();
  if (within !== "body") document.querySelector(within)?.focus();
  return found.map((e) => e.outerHTML.slice(0, 120));
}"""
PARTS_OF_A_FIELD = 6
"""A date or time field takes several presses of Tab."""


def without_updates(route: Route) -> None:
    """Blocks live updates, which would replace the numbered elements."""
    if route.request.resource_type in ("fetch", "eventsource", "xhr"):
        route.abort()
    else:
        route.continue_()


def walk(page: Page, presses: int, at_once: int) -> Iterator[dict[str, Any] | None]:
    """Presses Tab `presses` times and yields the element that had the focus after each press, or None.

    The elements are read only after every `at_once` presses, because reading an element takes as long as a press.
    """
    page.evaluate(NOTE)
    for left in range(presses, 0, -at_once):
        for _ in range(min(left, at_once)):
            page.keyboard.press("Tab")
        noted: list[dict[str, Any] | None] = page.evaluate(NOTED)
        assert len(noted) == min(left, at_once)
        yield from noted


def faults_of_the_walk(page: Page, within: str) -> list[str]:
    """Returns a sentence for each element in `within` that Tab does not reach in order or that shows no focus."""
    found, problems, visited = page.evaluate(NUMBER, within), list[str](), set[int]()
    last, again = -1, False
    for at in walk(page, len(found) * PARTS_OF_A_FIELD + 2, at_once=len(found) + 1):
        if at is None:
            if len(visited) == len(found) or again:
                break
            again = True  # The first pass began at a field with autofocus.
            last = -1
            continue
        if at["place"] is None and len(visited) == len(found):
            break
        if at["place"] is None or at["place"] == last:
            continue
        if at["place"] < last and at["place"] != 0:
            problems.append(f"out of order: {at['what']}")
        if at["place"] in visited:
            break
        last = at["place"]
        visited.add(last)
        problems += [f"no ring: {at['what']}"] * (not at["ring"]) + [f"out of sight: {at['what']}"] * (not at["seen"])
    return problems + [f"not reached: {found[place]}" for place in range(len(found)) if place not in visited]


def parts_of(paths: list[str]) -> list[tuple[str, str]]:
    """Returns the first page with its frame, and the other pages without the frame.

    The frame is the same on all pages.
    """
    return [(path, "main" if number else "body") for number, path in enumerate(paths)]


@pytest.mark.long
def test_tab_reaches_everything_in_order_and_shows_where_it_is(
    session: Session, browser: Browser, site: str, salon: Built, mia: Built
) -> None:
    paths = [path for path in every_page(session, salon, mia, a_busy_shop(session, salon)) if "?" not in path]
    with window(browser, site, **DESK) as page:
        sign_in(page, session, mia)
        page.route("**/*", without_updates)
        found = {path: faults_of_the_walk(page, within) for path, within in parts_of(paths) if page.goto(path)}
        assert [f"{path}: {one}" for path, problems in found.items() for one in problems] == []


@pytest.mark.long
def test_escape_closes_what_is_open(session: Session, browser: Browser, site: str, mia: Built) -> None:
    with window(browser, site, **DESK) as page:
        sign_in(page, session, mia)
        page.goto("/app/")
        menu = page.locator("details.account")
        menu.locator("summary").press("Enter")
        expect(menu).to_have_attribute("open", "")
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        expect(menu).not_to_have_attribute("open", "")
        expect(menu.locator("summary")).to_be_focused()
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
