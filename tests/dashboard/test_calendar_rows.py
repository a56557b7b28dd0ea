"""In a real browser, the classes of the calendar place an entry in any row of a day, with any number of rows."""

from __future__ import annotations

import pytest
from jinja2 import Environment, FileSystemLoader
from playwright.sync_api import Browser

from tests.architecture.sources import ROOT
from tests.browser import STILL, kept_page

pytestmark = pytest.mark.browser
STYLES = (ROOT / "dashboard/static/shop_calendar.css").read_text("utf-8")
PARTS = Environment(loader=FileSystemLoader(ROOT / "dashboard/templates"), autoescape=True)
ROW = 18
"""The height of a row in pixels, of which the margins of an entry take 2."""
PLACES = [(0, 1), (0, 96), (7, 4), (9, 1), (10, 10), (28, 9), (40, 56), (95, 1)]


@pytest.mark.long
def test_an_entry_has_the_rows_of_its_time(browser: Browser) -> None:
    classes = PARTS.get_template("shop/calendar_parts.html").module.row_classes  # type: ignore[attr-defined]
    entries = "".join(f'<a class="calendar__entry {classes(first, count)}">x</a>' for first, count in PLACES)
    with kept_page(browser, **STILL) as page:
        page.set_content(f'<style>{STYLES} body {{ margin: 0 }}</style><div class="calendar__rows">{entries}</div>')
        found = page.evaluate("[...document.querySelectorAll('a')].map(a => [a.offsetTop - 1, a.offsetHeight + 2])")
    assert found == [[first * ROW, count * ROW] for first, count in PLACES]
